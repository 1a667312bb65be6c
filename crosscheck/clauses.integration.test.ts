import { describe, expect, it } from "vitest";
import { CASES } from "./clauses/cases";
import { CLAUSES } from "./clauses/clause";
import { clusterOf, packetOf } from "./clauses/world";
import { side as engine } from "./engine-side";
import { side as sandbox } from "./sandbox-side";

it("every clause has a case", () => {
  const covered = new Set<string>(CASES.map(({ clause }) => clause));
  expect(CLAUSES.filter((clause) => !covered.has(clause))).toEqual([]);
});

describe.each([engine, sandbox])("$name says what Calico says", ({ open }) => {
  it.each(CASES)("$clause: $name ($cites)", (row) => {
    const cluster = clusterOf(row);
    expect(open(cluster)(packetOf(cluster, row.asked))).toEqual({
      verdict: row.verdict,
      enforced: row.hits,
      pending: row.pending ?? row.hits,
    });
  });
});
