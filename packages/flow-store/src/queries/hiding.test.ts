import { oneOf } from "@isthmus/flow-filter";
import { describe, expect, it } from "vitest";
import { flowConditions } from "./flow-filter";
import { hidingIn, showInSql } from "./hiding";
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

  it.each([
    ["source", "concat(source_namespace, ' ', source_workload, ' ', source_name), '  '"],
    ["dest", "concat(dest_namespace, ' ', dest_workload, ' ', dest_name), '  '"],
    ["service", "concat(service_namespace, ' ', service_name), ' '"],
  ])("hides all of the %s by one condition", (side, text) => {
    expect(sql).toContain(`if(${side}_seen, ${text})`);
    // Once where all is seen, once by itself.
    expect(sql.split(`${side}_seen`)).toHaveLength(3);
    expect(shown.with().filter((each) => each.endsWith(` AS ${side}_seen`))).toHaveLength(1);
  });

  it("reads a row as it is stored only where both ends and the service are seen", () => {
    expect(sql).toMatch(
      /^if\(source_seen AND dest_seen AND service_seen, positionCaseInsensitiveUTF8\(concat\(source_namespace, ' ', source_workload, .*\) > 0, positionCaseInsensitiveUTF8\(concat\(if\(source_seen, .*\) > 0\)$/,
    );
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
