import { oneOf } from "@isthmus/flow-filter";
import { describe, expect, it } from "vitest";
import { flowConditions } from "./flow-filter";
import { hidingIn, ifSeen, ifTold, showInSql } from "./hiding";
import { compilePlaces, type LimitedPlaces } from "./places";

const west = "00000000-0000-4000-8000-000000000001";
const east = "00000000-0000-4000-8000-000000000002";
const places: LimitedPlaces = new Map<string, "all" | Set<string>>([
  [west, new Set(["shop"])],
  [east, "all"],
]);

describe("a search in a scope", () => {
  const [condition] = flowConditions({ where: oneOf("text", ["vault"]) });
  const shown = showInSql("flow", compilePlaces(places));
  const sql = shown.sql(condition?.sql ?? "");

  it.each(["source", "dest", "service"])(
    "asks the text of the %s as it is stored, and only where it is seen",
    (part) => {
      const holds = `multiSearchAnyCaseInsensitiveUTF8(${part}_text, {filter_0:Array(String)})`;
      expect(sql).toContain(`if(${part}_seen, (${holds}), 0)`);
      expect(sql.split(`${part}_text`)).toHaveLength(2);
      expect(shown.with().filter((each) => each.endsWith(` AS ${part}_seen`))).toHaveLength(1);
    },
  );

  it("hides in a condition on one part what is of another, and takes no placeholder for a column", () => {
    expect(shown.sql(ifSeen("dest", "dest_name IN {source_name:String} AND source_name = ''"))).toBe(
      "if(dest_seen, (dest_name IN {source_name:String} AND if(source_seen, source_name, '') = ''), 0)",
    );
  });

  it.each([
    ["some namespaces", new Map([[west, new Set(["shop"])]]), "(has(told_policy_names, ''))"],
    ["a whole cluster", new Map([[west, "all" as const]]), "(has(policy_names, ''))"],
    ["both", places, "if(cluster_id IN whole_clusters, (has(policy_names, '')), (has(told_policy_names, '')))"],
  ])("asks for policies that may be told where a scope is of %s", (_, of, expected) => {
    expect(showInSql("flow", compilePlaces(of)).sql(ifTold("has(policy_names, '')"))).toBe(expected);
  });

  it("hides each name of a text that may go from one into the next", () => {
    const [across] = flowConditions({ where: oneOf("text", ["shop va"]) });
    const asked = shown.sql(across?.sql ?? "");
    expect(asked).toContain("concat(if(source_seen, source_text, '  '), ' ', if(dest_seen, dest_text, '  '), ' '");
  });

  it("hides columns that stand alone by one condition each", () => {
    expect(shown.sql("dest_name, source_namespace")).toBe(
      "if(dest_seen, dest_name, ''), if(source_seen, source_namespace, '')",
    );
  });
});

describe("rows that are told", () => {
  const hitOf = (namespace: string) =>
    `CalicoNetworkPolicy\tsecurity\t${namespace}\tsecurity.${namespace}\tallow\t0\t1`;
  const hiddenHit = "CalicoNetworkPolicy\tsecurity\t\t\tallow\t0\t1";
  const edge = {
    cluster_id: west,
    reporter: "source",
    source_cluster_id: west,
    source_namespace: "shop",
    source_name: "api",
    dest_cluster_id: east,
    dest_namespace: "secret",
    dest_name: "vault",
    service_list: ["shop/svc"],
    deciding_map: { [hitOf("shop")]: 2 },
  };

  it("are given as they are where nothing of them is hidden", () => {
    expect(hidingIn(places)(edge)).toBe(edge);
  });

  it("lose what is hidden, and only that", () => {
    const row = { ...edge, service_list: ["secret/svc", "shop/svc"], dest_cluster_id: west };
    expect(hidingIn(places)(row)).toEqual({
      ...edge,
      dest_cluster_id: "ffffffff-ffff-ffff-ffff-ffffffffffff",
      dest_namespace: "",
      dest_name: "",
    });
    expect(row.dest_name).toBe("vault");
  });

  it("join the counts of policies whose names are hidden", () => {
    const deciding = { [hitOf("secret")]: 1, [hitOf("shop")]: 2, [hitOf("pay")]: "4" };
    expect(hidingIn(places)({ ...edge, deciding_map: deciding }).deciding_map).toEqual({
      [hiddenHit]: 5,
      [hitOf("shop")]: 2,
    });
  });

  it("name a policy to who sees its namespace, after and before others", () => {
    const hide = hidingIn(new Map([[west, new Set(["shop", "secret"])]]));
    const told = (namespace: string) =>
      hide({ cluster_id: west, reporter_place: `${west}/${namespace}`, hit: hitOf("secret") }).hit;
    expect(["secret", "shop", "secret"].map(told)).toEqual([hitOf("secret"), hiddenHit, hitOf("secret")]);
  });
});
