import { describe, expect, it } from "vitest";
import type { Places } from "../domain";
import type { TableName } from "../schema/tables";
import { scopedQuery, type Question } from "./scoped-query";

const west = "00000000-0000-4000-8000-000000000001";
const narrowed: Places = new Map([[west, new Set(["shop"])]]);
const whole: Places = new Map([[west, "all" as const]]);

const asking = (places: Places, table: TableName, columns: readonly string[]) => () =>
  scopedQuery({ organisationId: west, places }, { table, columns, where: [] });

describe("rows of a limited scope", () => {
  const reporting = ["reporter", "source_namespace", "dest_namespace"];
  const sourceEnd = ["source_cluster_id", "source_namespace"];
  const ends = ["cluster_id", "reporter", ...sourceEnd, "dest_cluster_id", "dest_namespace"];
  const refused: readonly (readonly [name: string, table: TableName, columns: readonly string[], missing: string])[] = [
    ["an end without its cluster", "flow", ["cluster_id", "source_namespace", "source_name"], "source_cluster_id"],
    ["an end without its namespace", "flow", ["cluster_id", "dest_cluster_id", "dest_labels"], "dest_namespace"],
    ["an end without who reported it", "flow", [...sourceEnd, "source_name"], "cluster_id"],
    ["a service without its namespace", "flow", ["cluster_id", "service_name"], "service_namespace"],
    ["a trace without who reported it", "flow", ["cluster_id", "enforced"], reporting.join(", ")],
    ["hits without where they were met", "policy_minute", ["cluster_id", "hit"], reporting.join(", ")],
    ["hits of flows without it", "flow", ["cluster_id", "hits"], reporting.join(", ")],
    ["a part of the policy that decided", "flow", [...ends, "deciding_namespace"], "deciding_kind, deciding_name"],
    ["names of policies", "flow", [...ends, "policy_names"], "would tell"],
    ["places", "flow", [...ends, "dest_place"], "would tell"],
  ];
  it.each(refused)("are not asked for with %s", (_, table, columns, missing) => {
    expect(asking(narrowed, table, columns)).toThrow(missing);
    expect(asking("all", table, columns)).not.toThrow();
  });

  it("are asked for with the columns that decide", () => {
    expect(asking(narrowed, "flow", [...ends, "source_name", "enforced"])).not.toThrow();
    expect(asking(narrowed, "policy_minute", ["cluster_id", "reporter_place", "hit"])).not.toThrow();
  });

  it("name policies of whole clusters wherever they were met, and other ends no more than elsewhere", () => {
    expect(asking(whole, "policy_minute", ["cluster_id", "hit"])).not.toThrow();
    expect(asking(whole, "flow", ["cluster_id", "dest_name"])).toThrow("dest_cluster_id, dest_namespace");
    expect(asking(whole, "flow", ["cluster_id", "policy_names"])).toThrow("would tell");
  });
});

describe("a question about a part", () => {
  const east = "00000000-0000-4000-8000-000000000002";
  const north = "00000000-0000-4000-8000-000000000003";
  const organisationId = "00000000-0000-4000-8000-0000000000ff";
  const places: Places = new Map<string, "all" | Set<string>>([
    [west, new Set(["shop", "pay"])],
    [east, new Set(["pay"])],
    [north, "all"],
  ]);
  const policy = { kind: "CalicoNetworkPolicy", tier: "t", names: ["t.a"] } as const;
  const parts: readonly (readonly [name: string, part: Partial<Question>, texts: readonly string[]])[] = [
    ["of some clusters", { within: [east] }, [`${east}/pay`]],
    ["of some clusters and one out of scope", { within: [east, organisationId] }, [`${east}/pay`]],
    ["of a policy of a namespace", { hitsOf: { ...policy, namespace: "shop" } }, [`${west}/shop`, north, north]],
    [
      "of a policy of all",
      { hitsOf: { ...policy, namespace: "" } },
      [`${west}/shop`, `${west}/pay`, `${east}/pay`, north, north],
    ],
  ];

  it.each(parts)("%s asks of no other place", (_, part, texts) => {
    const columns = ["cluster_id", "reporter_place", "hit"];
    const { parameters } = scopedQuery(
      { organisationId, places },
      { table: "policy_minute", columns, where: [], ...part },
    );
    const lists = Object.entries(parameters).filter(([name]) => /^(places|whole|clusters|namespaces)_/.test(name));
    expect(lists.flatMap(([, list]) => JSON.parse(String(list)) as string[])).toEqual(texts);
  });
});
