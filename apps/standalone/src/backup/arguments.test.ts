import { describe, expect, it } from "vitest";
import { readCommand } from "./arguments";

describe("readCommand", () => {
  it.each([
    { argv: ["backup", "--to", "/b"], command: { kind: "backup", to: "/b", withKeys: true } },
    { argv: ["backup", "--", "--to=/b", "--without-keys"], command: { kind: "backup", to: "/b", withKeys: false } },
    { argv: ["restore", "--from", "/b"], command: { kind: "restore", from: "/b", keys: undefined } },
    { argv: ["restore", "--from", "/b", "--keys", "/k"], command: { kind: "restore", from: "/b", keys: "/k" } },
  ])("$argv", ({ argv, command }) => {
    expect(readCommand(argv)).toEqual(command);
  });

  it.each([
    { argv: [], word: /neither backup nor restore/ },
    { argv: ["backup"], word: /--to is missing: name a folder/ },
    { argv: ["restore", "--to", "/b"], word: /'--to'/ },
    { argv: ["backup", "/b"], word: /usage:/ },
  ])("refuses $argv and shows how", ({ argv, word }) => {
    expect(() => readCommand(argv)).toThrow(word);
    expect(() => readCommand(argv)).toThrow(/npm run restore -- --from FOLDER/);
  });
});
