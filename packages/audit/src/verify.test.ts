import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHAIN_START, entryHash, storableDetail, type AuditEntry, type EntryContent } from "./entry";
import { entryLine, headerLine, readEntry, readHeader } from "./export";
import { chainProblemText } from "./problem";
import { createChainVerifier, type ChainExpectation, type ChainHead } from "./verify";

const content = (n: number): EntryContent => ({
  at: new Date(1_800_000_000_000 + n).toISOString(),
  actor: { kind: "person", id: "p", name: "Pat" },
  action: "policy.apply",
  target: { kind: "policy", id: String(n), name: `policy ${n}` },
  detail: storableDetail({ after: { revision: n, when: new Date(0), nothing: undefined } }),
  ip: "192.0.2.1",
});

type Chained = AuditEntry & { readonly place: NonNullable<AuditEntry["place"]> };

function chain(length: number): Chained[] {
  const entries: Chained[] = [];
  let prev = CHAIN_START;
  for (let seq = 1; seq <= length; seq += 1) {
    const hash = entryHash(content(seq), { seq, prev });
    entries.push({ ...content(seq), place: { seq, prev, hash } });
    prev = hash;
  }
  return entries;
}

function verify(entries: readonly AuditEntry[], expectation: ChainExpectation = {}) {
  const verifier = createChainVerifier(expectation);
  for (const entry of entries) verifier.push(entry);
  return verifier.finish();
}

const whole = chain(6);
const entry = (seq: number) => whole[seq - 1]!;
const head: ChainHead = { seq: 6, hash: entry(6).place.hash };
const without = (...seqs: number[]) => whole.filter(({ place }) => !seqs.includes(place.seq));
const replaced = (seq: number, by: AuditEntry) => whole.map((each) => (each.place.seq === seq ? by : each));
const rehashed = (seq: number, change: Partial<EntryContent>): AuditEntry => {
  const altered = { ...entry(seq), ...change };
  return { ...altered, place: { ...altered.place, hash: entryHash(altered, altered.place) } };
};
const unchained: AuditEntry = { ...content(9), place: undefined };

describe("a chain", () => {
  it.each<{ name: string; entries: readonly AuditEntry[]; expectation?: ChainExpectation; problems: unknown[] }>([
    { name: "is whole", entries: whole, problems: [] },
    { name: "is whole, with entries from before it", entries: [unchained, unchained, ...whole], problems: [] },
    { name: "is empty", entries: [], expectation: { head: { seq: 0, hash: CHAIN_START } }, problems: [] },
    {
      name: "leads through a head noted earlier",
      entries: whole,
      expectation: { noted: entry(3).place.hash },
      problems: [],
    },
    { name: "altered", entries: replaced(3, { ...entry(3), ip: "" }), problems: [{ code: "altered", seq: 3 }] },
    {
      name: "another time",
      entries: replaced(3, { ...entry(3), at: "2020-01-01T00:00:00.000Z" }),
      problems: [{ code: "altered", seq: 3 }],
    },
    {
      name: "altered and hashed again",
      entries: replaced(3, rehashed(3, { action: "policy.withdraw" })),
      problems: [{ code: "altered", seq: 3 }],
    },
    {
      name: "the last one altered and hashed again",
      entries: replaced(6, rehashed(6, { action: "policy.withdraw" })),
      problems: [{ code: "altered", seq: 6 }],
    },
    {
      name: "the hash alone altered",
      entries: replaced(2, { ...entry(2), place: { ...entry(2).place, hash: "ab".repeat(32) } }),
      problems: [{ code: "altered", seq: 2 }],
    },
    { name: "one missing", entries: without(3), problems: [{ code: "missing", from: 3, to: 3 }] },
    { name: "the first missing", entries: without(1, 2), problems: [{ code: "missing", from: 1, to: 2 }] },
    { name: "the last missing", entries: without(5, 6), problems: [{ code: "cut", from: 5, to: 6 }] },
    { name: "all missing", entries: [], problems: [{ code: "cut", from: 1, to: 6 }] },
    {
      name: "two swapped",
      entries: [1, 2, 4, 3, 5, 6].map(entry),
      problems: [{ code: "reordered", seq: 3 }],
    },
    {
      name: "one twice",
      entries: [1, 2, 2, 3, 4, 5, 6].map(entry),
      problems: [{ code: "duplicated", seq: 2 }],
    },
    {
      name: "one twice, later",
      entries: [1, 2, 3, 4, 5, 6, 2].map(entry),
      problems: [{ code: "duplicated", seq: 2 }],
    },
    {
      name: "one that lost its place",
      entries: replaced(3, unchained),
      problems: [
        { code: "unchained", after: 2 },
        { code: "missing", from: 3, to: 3 },
      ],
    },
    {
      name: "more than the head knows",
      entries: chain(7),
      problems: [{ code: "beyond-head", seq: 7 }],
    },
    {
      name: "rewritten as a whole",
      entries: whole,
      expectation: { noted: "ab".repeat(32) },
      problems: [{ code: "head-unknown", hash: "ab".repeat(32) }],
    },
    { name: "a selection", entries: without(1, 3, 6), expectation: { partial: true, head }, problems: [] },
    {
      name: "a selection with one altered",
      entries: replaced(3, { ...entry(3), ip: "" }).filter((_, at) => at !== 4),
      expectation: { partial: true },
      problems: [{ code: "altered", seq: 3 }],
    },
  ])("$name", ({ entries, expectation, problems }) => {
    const report = verify(entries, { head, ...expectation });
    expect(report.problems).toEqual(problems);
    expect(report.problems.map(chainProblemText).join("\n")).not.toContain("undefined");
  });

  it("names the first hundred problems and counts the others", () => {
    const report = verify(chain(300).map((each) => ({ ...each, ip: "x" })));
    expect([report.problems.length, report.problemCount]).toEqual([100, 300]);
  });

  it("does not tell it from what it was, in whatever order keys are written", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (after, note) => {
        const detail = storableDetail({ after, note });
        const place = { seq: 1, prev: CHAIN_START };
        const turned = JSON.parse(JSON.stringify({ note: detail["note"], after: detail["after"] })) as typeof detail;
        const [one, other] = [detail, turned].map((each) => entryHash({ ...content(1), detail: each }, place));
        expect(one).toBe(other);
      }),
    );
  });

  it("hashes what a store can hold", () => {
    expect(storableDetail({ after: "a\u0000b\ud800c", "\u0000": 1 })).toEqual({ after: "a�b�c", "�": 1 });
    expect(storableDetail(undefined)).toEqual({});
  });
});

describe("an export", () => {
  const header = { organisation: { id: "o", name: "Org" }, filter: {}, head, exportedAt: "2026-01-01T00:00:00.000Z" };

  it("gives back what was written", () => {
    expect(readHeader(headerLine(header))).toEqual({ ok: true, value: header });
    for (const each of [...whole, unchained]) expect(readEntry(entryLine(each))).toEqual({ ok: true, value: each });
  });

  it.each([
    { line: "{", error: "this line is not JSON" },
    { line: "[]", error: "this line is not a JSON object" },
    { line: '{"a":1}', error: expect.stringContaining("first line") as string },
    { line: '{"format":"isthmus-audit","version":2}', error: expect.stringContaining("version 2") as string },
  ])("refuses the header $line", ({ line, error }) => {
    expect(readHeader(line)).toEqual({ ok: false, error });
  });

  it.each(["", "{}", "null", entryLine(whole[0]!).replace('"seq":1', '"seq":"1"')])("refuses the entry %s", (line) => {
    expect(readEntry(line).ok).toBe(false);
  });
});
