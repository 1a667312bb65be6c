import { describe, expect, it } from "vitest";
import { valuesFromFiles } from "./values-from-files";

const readFile = (path: string): string => {
  if (path === "/gone") throw new Error("no such file");
  return `what ${path} says\n`;
};
const read = (environment: Record<string, string | undefined>) => valuesFromFiles(environment, ["URL"], readFile);

describe("valuesFromFiles", () => {
  it.each([
    { name: "a value stays", given: { URL: "u" }, value: "u" },
    { name: "a file is read, without its last line break", given: { URL_FILE: "/f" }, value: "what /f says" },
    { name: "an empty value gives way to the file", given: { URL: "", URL_FILE: "/f" }, value: "what /f says" },
    { name: "an empty name of a file is none", given: { URL: "u", URL_FILE: "" }, value: "u" },
    { name: "neither", given: {}, value: undefined },
  ])("$name", ({ given, value }) => {
    const values = read(given);
    expect(values.ok && values.value["URL"]).toBe(value);
  });

  it("reads no variable that was not named", () => {
    const values = read({ OTHER_FILE: "/gone" });
    expect(values.ok && values.value).toEqual({ OTHER_FILE: "/gone" });
  });

  it.each([
    { name: "both are set", given: { URL: "u", URL_FILE: "/f" }, error: "URL and URL_FILE are both set; set one" },
    { name: "the file is gone", given: { URL_FILE: "/gone" }, error: "URL_FILE: cannot be read (no such file)" },
  ])("refuses where $name", ({ given, error }) => {
    expect(read(given)).toEqual({ ok: false, error: expect.stringContaining(error) });
  });
});
