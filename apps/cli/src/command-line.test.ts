import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "./command-line";
import { VERBS } from "./commands";
import { wordsOf } from "./verb";
import { memoryIo } from "./testing/memory-io";

async function run(...words: string[]) {
  const { io, out, err } = memoryIo();
  const code = await runCommandLine(words, io);
  return { code, out: out(), err: err() };
}

describe("the command line", () => {
  it.each([
    { name: "an unknown command", words: ["valdate"], err: "(Did you mean validate?)" },
    { name: "an unknown option", words: ["selector", "all()", "--lables", "a=1"], err: "(Did you mean --labels?)" },
    { name: "a wrong format", words: ["validate", "m", "-o", "yaml"], err: "Allowed choices are txt, json" },
    { name: "no path", words: ["validate"], err: "missing required argument 'path'" },
    { name: "too much", words: ["selector", "all()", "more"], err: "too many arguments" },
    { name: "an option without its value", words: ["validate", "m", "-o"], err: "argument missing" },
    { name: "no command", words: [], err: "Usage: isthmus" },
    {
      name: "a Goldmane without its files",
      words: ["conformance", "--kubeconfig", "k", "--goldmane", "127.0.0.1:7443"],
      err: "--goldmane-cert, --goldmane-key and --goldmane-ca",
    },
    {
      name: "a Goldmane without its port",
      words: ["conformance", "--kubeconfig", "k", "--goldmane", "goldmane"],
      err: "has no port: --goldmane HOST:PORT",
    },
  ])("refuses $name with 2 and says how it is meant", async ({ words, err }) => {
    const result = await run(...words);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain(err);
  });

  it.each([
    { name: "help", words: ["--help"], out: "isthmus connectivity" },
    { name: "help of a command", words: ["help", "validate"], out: "$ isthmus validate" },
    { name: "help by a flag", words: ["validate", "-h"], out: "Exit codes:" },
    { name: "the version", words: ["--version"], out: "0.1.0" },
  ])("shows $name", async ({ words, out }) => {
    const result = await run(...words);
    expect(result).toMatchObject({ code: 0, err: "" });
    expect(result.out).toContain(out);
  });
});

const REFERENCE = new URL("../../../docs/cli.md", import.meta.url);
const block = (name: string): RegExp => new RegExp(`(<!-- help ${name} -->\n\n\`\`\`\n)[^]*?(\n\`\`\`\n)`);

/** The reference with the help of every command as it is now; `vitest --update` writes it. */
async function fresh(page: string): Promise<string> {
  let text = page;
  for (const words of [[], ...VERBS.map(wordsOf)]) {
    const { out } = await run(...words, "--help");
    const name = words.length === 0 ? "isthmus" : words.join(" ");
    const place = block(name);
    if (!place.test(text)) throw new Error(`docs/cli.md has no place for the help of ${name}`);
    text = text.replace(place, (_all, before: string, after: string) => before + out.trimEnd() + after);
  }
  return text;
}

describe("docs/cli.md", () => {
  it("shows the help as it is", async () => {
    await expect(await fresh(readFileSync(REFERENCE, "utf8"))).toMatchFileSnapshot(REFERENCE.pathname);
  });
});
