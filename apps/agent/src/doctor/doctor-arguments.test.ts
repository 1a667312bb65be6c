import { describe, expect, it } from "vitest";
import { parseDoctorArguments } from "./doctor-arguments";
import { proxyFor, proxyText } from "./observe/proxy";

describe("parseDoctorArguments", () => {
  const running = (): Promise<readonly string[]> => Promise.resolve(["--gateway=wss://running"]);
  const rows: { name: string; argv: string[]; expected: object }[] = [
    {
      name: "nothing: those of the running agent",
      argv: [],
      expected: { output: "text", gateways: ["wss://running"] },
    },
    { name: "an output alone", argv: ["--output", "json"], expected: { output: "json", gateways: ["wss://running"] } },
    {
      name: "options of its own",
      argv: ["--spool-dir=/x", "--output=json"],
      expected: { output: "json", gateways: [] },
    },
  ];
  it.each(rows)("$name", async ({ argv, expected }) => {
    const parsed = await parseDoctorArguments(argv, running);
    expect(parsed.ok && { output: parsed.value.output, gateways: parsed.value.arguments.gateways }).toEqual(expected);
  });

  it.each([["--output=yaml"], ["--output"], ["--nonsense"], ["--listen=x"]])("refuses %s", async (argument) => {
    expect((await parseDoctorArguments([argument], running)).ok).toBe(false);
  });
});

describe("proxyFor", () => {
  const proxies = {
    secure: "http://user:secret@proxy:3128",
    plain: "http://plain:8080",
    except: "a.example, .b.example",
  };
  it.each([
    ["wss://gateway:7401", "http://proxy:3128"],
    ["ws://gateway:7401", "http://plain:8080"],
    ["wss://a.example", ""],
    ["wss://x.a.example", ""],
    ["wss://x.b.example:1", ""],
    ["wss://xb.example", "http://proxy:3128"],
  ])("%s goes through `%s`", (url, expected) => expect(proxyText(proxyFor(new URL(url), proxies))).toBe(expected));

  it("is none where none is named, or all are excepted", () => {
    expect(proxyFor(new URL("wss://g"), { secure: "", plain: "", except: "" })).toBeUndefined();
    expect(proxyFor(new URL("wss://g"), { ...proxies, except: "*" })).toBeUndefined();
  });
});
