import { describe, expect, it } from "vitest";
import { schemaStatements } from "./migrate";
import { tables } from "./tables";

const cluster = { deployment: { cluster: "main" }, dayRollupFrom: 0 } as const;

describe("schemaStatements", () => {
  it("for one engine name plain engines and no cluster", () => {
    const sql = schemaStatements("isthmus", { deployment: "embedded", dayRollupFrom: 86_400 }).join(";\n");
    expect(sql).not.toMatch(/ON CLUSTER|Replicated|Distributed|_local/);
    expect(sql).toContain("ENGINE = AggregatingMergeTree()");
    expect(sql).toContain("non_replicated_deduplication_window");
    expect(sql).toContain("COMMENT 'complete from 86400'");
  });

  it("for a cluster keep rows in replicated tables behind distributed ones, on every server", () => {
    const statements = schemaStatements("isthmus", cluster);
    expect(statements.filter((sql) => !sql.includes("ON CLUSTER `main`"))).toEqual([]);
    const made = statements.flatMap((sql) => {
      const [, name, engine] = /TABLE (?:IF NOT EXISTS )?`isthmus`[.](\w+)[\s\S]*\nENGINE = (\w+)/.exec(sql) ?? [];
      return name === undefined ? [] : [[name, engine] as const];
    });
    const names = tables.map(({ name }) => name);
    const distributed = made.filter(([, engine]) => engine === "Distributed").map(([name]) => name);
    const replicated = made.filter(([, engine]) => engine?.startsWith("Replicated")).map(([name]) => name);
    expect(distributed).toEqual(names);
    expect(replicated).toEqual(names.map((name) => `${name}_local`));
    expect(made).toHaveLength(2 * names.length);
  });

  it("for a cluster keep a cluster's evidence on one shard, and roll it up there", () => {
    const statements = schemaStatements("isthmus", cluster);
    expect(statements.find((sql) => sql.includes("`isthmus`.flow ON CLUSTER"))).toContain(
      "ENGINE = Distributed('main', 'isthmus', 'flow_local', sipHash64(organisation_id, cluster_id))",
    );
    const views = statements.filter((sql) => sql.startsWith("CREATE MATERIALIZED VIEW"));
    expect(views.filter((sql) => !/ TO `isthmus`[.]\w+_local AS/.test(sql))).toEqual([]);
    expect(views.filter((sql) => !sql.includes("FROM `isthmus`.flow_local AS flow\n"))).toEqual([]);
  });

  it("give a view its query only where it has another", () => {
    const changes = (viewComments?: ReadonlyMap<string, string>) =>
      schemaStatements("isthmus", { deployment: "embedded", dayRollupFrom: 0, ...(viewComments && { viewComments }) })
        .filter((sql) => /MODIFY (QUERY|COMMENT)/.test(sql))
        .map((sql) => sql.split("\n")[0]);
    expect(changes()).toEqual([]);
    expect(changes(new Map([["edge_hour_view", ""]]))).toEqual([
      "ALTER TABLE `isthmus`.edge_hour_view MODIFY QUERY ",
      expect.stringMatching(/^ALTER TABLE `isthmus`[.]edge_hour_view MODIFY COMMENT 'query [0-9a-f]{16}'$/),
    ]);
    const made = schemaStatements("isthmus", { deployment: "embedded", dayRollupFrom: 0 }).flatMap((sql) => {
      const [, name = "", comment = ""] = /VIEW IF NOT EXISTS `isthmus`[.](\w+)[\s\S]*COMMENT '(.*)'$/.exec(sql) ?? [];
      return name === "" ? [] : [[name, comment] as const];
    });
    expect(made).toHaveLength(4);
    expect(changes(new Map(made))).toEqual([]);
  });

  it.each([
    { name: "a database that is no name", database: "x`; DROP", deployment: "embedded" as const },
    { name: "a cluster that is no name", database: "isthmus", deployment: { cluster: "a'b" } },
  ])("refuse $name", ({ database, deployment }) => {
    expect(() => schemaStatements(database, { deployment, dayRollupFrom: 0 })).toThrow(RangeError);
  });
});
