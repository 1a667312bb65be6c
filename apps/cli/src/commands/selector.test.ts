import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

async function run(...words: string[]) {
  const { io, out, err } = memoryIo();
  const code = await runCommandLine(["selector", ...words], io);
  return { code, out: out(), err: err() };
}

describe("isthmus selector", () => {
  it("shows what a selector is", async () => {
    expect(await run("app in {'b','a'} && !has(x)")).toEqual({
      code: 0,
      out: [
        'canonical  (app in {"a", "b"} && !has(x))',
        "id         s:VTXXZh30-Kb8KyCZbZJO9ybxUuWVJAg5PjqPUg",
        'meaning    app is "a" or "b" and has no label x',
        "needs      app one of a, b; x absent",
        "",
      ].join("\n"),
      err: "",
    });
  });

  it.each([
    { name: "matches", labels: ["app=web,tier=front"], code: 0 },
    { name: "does not match", labels: ["app=db"], code: 1 },
    { name: "labels in several options", labels: ["tier=front", "app=web"], code: 0 },
    { name: "no labels at all", labels: [""], code: 1 },
  ])("$name", async ({ labels, code }) => {
    const result = await run("app == 'web'", ...labels.flatMap((text) => ["--labels", text]));
    expect(result.code).toBe(code);
    expect(result.out).toContain(`matches    ${code === 0 ? "yes" : "no"}\n`);
  });

  it("answers in JSON", async () => {
    const { out } = await run("has(a)", "-l", "a=1", "-o", "json");
    expect(JSON.parse(out)).toEqual({
      version: 1,
      command: "selector",
      canonical: "has(a)",
      id: expect.stringMatching(/^s:/) as string,
      meaning: "has label a",
      needs: { a: { mustBePresent: true, mustBeAbsent: false } },
      matches: true,
    });
  });

  it("points at what is wrong", async () => {
    expect(await run("a == b")).toEqual({
      code: 2,
      out: "",
      err: expect.stringMatching(/^selector:1:6: error: .*\n {4}1 \| a == b\n {6}\| {6}\^\n/) as string,
    });
  });

  it.each([{ text: "app" }, { text: "=web" }, { text: "a=1,a=2" }])("refuses labels `$text`", async ({ text }) => {
    expect(await run("all()", "-l", text)).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("label") as string,
    });
  });
});
