import { fieldNames, limits, parseFilter, specOf, type FieldName } from "@isthmus/flow-filter";
import { describe, expect, it } from "vitest";
import type { Places } from "../domain";
import { flowConditions } from "./flow-filter";
import { scopedQuery } from "./scoped-query";

const organisationId = "00000000-0000-4000-8000-0000000000ff";
const clusterId = "00000000-0000-4000-8000-000000000001";
const places: Places = new Map([[clusterId, new Set(["shop"])]]);
const clusterNames = new Map([[clusterId, "eu-west"]]);

const queryFor = (text: string) => {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const where = flowConditions({ where: parsed.value, clusterNames });
  return scopedQuery({ organisationId, places }, { table: "flow", select: "count() AS n", where });
};

const values = {
  bytes: "!= 1kB",
  count: "!= 7",
  port: "not in 1-2",
  address: "not in 10.0.0.0/8",
  choice: "",
  search: "!= vault",
};
const conditionOn = (name: FieldName) => {
  const { kind, choices, keyed } = specOf(name);
  const compared = kind === "choice" ? `!= ${choices?.[0] ?? ""}` : kind === "text" ? '!~ "vault"' : values[kind];
  return `${name}${keyed ? ".app" : ""} ${compared}`;
};

describe("a filter as SQL", () => {
  it.each(fieldNames)(
    "is less than a server reads as one query, with as many conditions as there may be: %s",
    (name) => {
      const condition = conditionOn(name);
      // As many as go into the text.
      const count = Math.min(limits.conditions, Math.floor(limits.characters / (condition.length + 4)));
      const { sql } = queryFor(Array.from({ length: count }, () => condition).join(" or "));
      expect(count).toBeGreaterThan(40);
      expect(sql.length).toBeLessThan(200_000);
    },
  );

  it.each(fieldNames)("holds no value, which all go into parameters: %s", (name) => {
    const { sql, parameters } = queryFor(`not (${conditionOn(name)}) or text = "vault') OR 1 --"`);
    expect(sql).not.toMatch(/vault|eu-west|10\.0\.0\.0/);
    expect(JSON.stringify(parameters)).toContain("vault') OR 1 --");
  });
});
