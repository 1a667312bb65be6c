import { CHAIN_START, entryHash, entryLine, headerLine, type AuditEntry } from "@isthmus/audit";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo } from "../testing/memory-io";

const content = (n: number) => ({
  at: `2026-01-0${n}T00:00:00.000Z`,
  actor: { kind: "person", id: "p", name: "Zoë" },
  action: "policy.apply",
  target: { kind: "policy", id: String(n), name: "deny" },
  detail: { after: { revision: n } },
  ip: "192.0.2.1",
});

const entries: AuditEntry[] = [];
for (let [seq, prev] = [1, CHAIN_START]; seq <= 4; seq += 1) {
  const hash = entryHash(content(seq), { seq, prev });
  entries.push({ ...content(seq), place: { seq, prev, hash } });
  prev = hash;
}
const head = { seq: 4, hash: entries[3]?.place?.hash ?? "" };

function exported(lines: readonly string[], filter: Record<string, string> = {}): string {
  const header = { organisation: { id: "o", name: "Acme" }, filter, head, exportedAt: "2026-02-01T00:00:00.000Z" };
  return [headerLine(header), ...lines].join("\n");
}
const lines = entries.map(entryLine);

async function run(file: string, ...words: string[]) {
  const { io, out, err } = memoryIo({ "audit.jsonl": file }, { input: file });
  const code = await runCommandLine(["audit", "verify", ...words], io);
  return { code, out: out(), err: err() };
}

describe("isthmus audit verify", () => {
  it("says that a log is whole, from a file and from standard input", async () => {
    const whole = `Acme: 4 lines, exported 2026-02-01T00:00:00.000Z\nwhole up to entry 4\nhead ${head.hash}\n`;
    expect(await run(exported(lines), "audit.jsonl")).toEqual({ code: 0, out: whole, err: "" });
    expect(await run(`${exported(lines)}\r\n\n`, "-")).toEqual({ code: 0, out: whole, err: "" });
  });

  it.each([
    { name: "an altered entry", file: exported(lines).replace("Zoë", "Zoe"), out: "  entry 1 was altered: " },
    { name: "a missing entry", file: exported(lines.filter((_, at) => at !== 1)), out: "  entry 2 is missing\n" },
    { name: "an end cut off", file: exported(lines.slice(0, 2)), out: "  entries 3 to 4 (2) are missing at the end" },
    { name: "all cut off", file: exported([]), out: "  entries 1 to 4 (4) are missing at the end" },
    { name: "an entry twice", file: exported([...lines, lines[1] ?? ""]), out: "  entry 2 is there more than once\n" },
  ])("finds $name", async ({ file, out }) => {
    const result = await run(file, "audit.jsonl");
    expect(result).toMatchObject({ code: 1, err: "" });
    expect(result.out).toContain(out);
    expect(result.out.endsWith("\naltered\n")).toBe(true);
  });

  it("finds a log that was written anew as a whole, by a head that was noted", async () => {
    const noted = entries[1]?.place?.hash ?? "";
    expect(await run(exported(lines), "audit.jsonl", "--head", noted.toUpperCase())).toMatchObject({ code: 0 });
    const result = await run(exported(lines), "audit.jsonl", "--head", "ab".repeat(32), "-o", "json");
    expect(result.code).toBe(1);
    expect(JSON.parse(result.out)).toMatchObject({ intact: false, problems: [{ code: "head-unknown" }], entries: 4 });
  });

  it("says of a selection that nothing can be said of what is missing", async () => {
    const result = await run(exported([lines[1] ?? "", lines[3] ?? ""], { action: "policy." }), "audit.jsonl");
    expect(result).toMatchObject({ code: 0, out: expect.stringContaining("a selection (action=policy.)") as string });
  });

  it.each([
    { name: "no such file", file: "", words: ["nowhere"], err: "nowhere: error: there is no such file" },
    { name: "an empty file", file: "", words: ["audit.jsonl"], err: "there is nothing in it" },
    { name: "something else", file: "a: 1\nb: 2\n", words: ["audit.jsonl"], err: "line 1: this line is not JSON" },
    { name: "a wrong line", file: exported(["{}"]), words: ["audit.jsonl"], err: "line 2: this line is not an entry" },
    { name: "a wrong hash", file: exported(lines), words: ["audit.jsonl", "--head", "4f0c"], err: "64 hexadecimal" },
    { name: "no file", file: "", words: [], err: "missing required argument 'file'" },
  ])("refuses $name with 2", async ({ file, words, err }) => {
    const result = await run(file, ...words);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain(err);
  });
});
