import { describe, expect, it } from "vitest";
import { schemaStatements } from "./migrate";

describe("schemaStatements", () => {
  it("for one engine name plain engines and no cluster", () => {
    const sql = schemaStatements("isthmus", { retentionDays: 7, deployment: "embedded" }).join(";\n");
    expect(sql).not.toMatch(/ON CLUSTER|Replicated/);
    expect(sql).toContain("ENGINE = AggregatingMergeTree()");
    expect(sql).toContain("non_replicated_deduplication_window");
    expect(sql).toContain("bucket + INTERVAL 7 DAY");
    expect(sql).toContain("step + INTERVAL 84 DAY");
  });

  it("for a cluster replicate every table, everywhere", () => {
    const statements = schemaStatements("isthmus", { retentionDays: 30, deployment: { cluster: "main" } });
    expect(statements.filter((sql) => !sql.includes("ON CLUSTER `main`"))).toEqual([]);
    const engines = statements.flatMap((sql) => sql.match(/ENGINE = (\w+)/)?.[1] ?? []);
    expect(engines).toHaveLength(6);
    expect(engines.filter((engine) => !engine.startsWith("Replicated"))).toEqual([]);
  });

  it.each([
    { name: "no retention", database: "isthmus", retentionDays: 0 },
    { name: "part of a day", database: "isthmus", retentionDays: 1.5 },
    { name: "a name that is none", database: "x`; DROP", retentionDays: 7 },
  ])("refuse $name", ({ database, retentionDays }) => {
    expect(() => schemaStatements(database, { retentionDays, deployment: "embedded" })).toThrow(RangeError);
  });
});
