import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { arrayOf, isObject, objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../src/json";
import { kindOfObject } from "../src/api/registry";
import { checkShape } from "../src/api/schema/check";
import { startTestCluster, type TestCluster } from "./api/fixture";
import type { RuleCase } from "./crd-rule-case";
import { frames, itemFrame, ruleCases } from "./crd-rule-cases";
import { holdsInCel } from "./kubernetes-cel";
import { crdsAbsent, nodesOf, publishedCrds, publishedRules, type PublishedCrd } from "./published-crds";

const stepsOf = (path: string): readonly string[] => path.match(/[^.[\]{}]+|\[\]|\{\}/g) ?? [];

/** A node with a value put in at a path; a list on the way gets one item. */
function put(node: unknown, path: string, value: unknown, crd = ""): unknown {
  const place = (here: unknown, [step, ...rest]: readonly string[], list: string): unknown => {
    if (step === undefined) return isObject(value) ? { ...objectOf(here), ...value } : value;
    if (step === "[]") return [place(itemFrame(crd, list, path), rest, "")];
    const name = step === "{}" ? "key" : step;
    return { ...objectOf(here), [name]: place(objectOf(here)[name], rest, name) };
  };
  return place(node, stepsOf(path), "");
}

const fieldOf = (path: string): string => path.replaceAll("[]", "[0]");
const nodeAt = (object: unknown, path: string): unknown =>
  stepsOf(path).reduce<unknown>((node, step) => (step === "[]" ? arrayOf(node)[0] : objectOf(node)[step]), object);

const collectionOf = ({ group, version, plural, namespaced }: PublishedCrd): string =>
  `/apis/${group}/${version}/${namespaced ? "namespaces/default/" : ""}${plural}`;

const rules = publishedRules();
const placed = ruleCases.flatMap((row) =>
  row.crds.flatMap((plural) => row.paths.map((path) => ({ row, key: `${plural} ${path} ${row.rule}` }))),
);
const casesOf = new Map(placed.map(({ key, row }) => [key, row]));

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.destroy());

/** Writes an object in a dry run: a new one, or one in the place of the one that is there. */
async function write(crd: PublishedCrd, given: unknown, update: string | undefined) {
  const name = stringOf(valueAt(given, "metadata", "name")) || "tried";
  const body = {
    ...objectOf(given),
    apiVersion: `${crd.group}/${crd.version}`,
    kind: crd.kind,
    metadata: { ...objectOf(objectOf(given)["metadata"]), name },
  };
  const path = update === undefined ? collectionOf(crd) : `${collectionOf(crd)}/${update}`;
  const answer = await cluster.request(update === undefined ? "POST" : "PUT", `${path}?dryRun=All`, { body });
  return { answer, body };
}

describe.skipIf(crdsAbsent)("rules of published definitions", () => {
  it("have a row each, and each row a rule", () => {
    const keys = rules.map(({ crd, path, id }) => `${crd.plural} ${path} ${id}`);
    expect([...casesOf.keys()].toSorted()).toEqual(keys.toSorted());
    expect(keys.length).toBeGreaterThan(200);
    expect(placed).toHaveLength(casesOf.size);
  });

  it.each(rules.map((rule) => ({ ...rule, name: `${rule.crd.plural} ${rule.path} ${rule.id}` })))(
    "$name is answered as CEL answers it",
    async ({ crd, path, expression, name }) => {
      const row = casesOf.get(name);
      if (!row) throw new Error(`there is no row for ${expression}`);
      const live = row.update ? (await cluster.request("GET", `${collectionOf(crd)}/${row.update}`)).body : undefined;
      const frame = live ?? frames[crd.plural] ?? {};
      const before = live === undefined ? undefined : nodeAt(live, path);
      const { broken, kept } = await both(crd, row, { frame, path });
      expect(holdsInCel(expression, nodeAt(broken.body, path), before)).toBe(false);
      expect({ code: broken.answer.code, message: broken.answer.text }).toMatchObject({ code: 422 });
      const causes = objectsOf(valueAt(broken.answer.body, "details", "causes"));
      const ofRule = causes.filter(
        ({ reason, field }) => reason === row.reason && stringOf(field).startsWith(fieldOf(path)),
      );
      expect({ causes, ofRule: ofRule.length > 0 }).toEqual({ causes, ofRule: true });
      const text = kept.answer.code < 300 ? "" : kept.answer.text;
      expect({ code: kept.answer.code, text }).toEqual({ code: live ? 200 : 201, text: "" });
      expect(holdsInCel(expression, nodeAt(kept.answer.body, path), before)).toBe(true);
    },
  );
});

async function both(crd: PublishedCrd, row: RuleCase, { frame, path }: { frame: JsonObject; path: string }) {
  const broken = await write(crd, put(frame, path, row.breaks, crd.plural), row.update);
  const kept = await write(crd, put(frame, path, row.keeps, crd.plural), row.update);
  return { broken, kept };
}

const defaults = publishedCrds().flatMap((crd) =>
  nodesOf(crd.schema).flatMap(({ path, schema }) =>
    "default" in schema ? [{ name: `${crd.plural} ${path}`, crd, path, value: schema["default"] }] : [],
  ),
);

describe.skipIf(crdsAbsent)("defaults of published definitions", () => {
  it("are there", () => expect(defaults.length).toBeGreaterThan(10));
  it.each(defaults)("$name is $value where it is left out", async ({ crd, path, value }) => {
    const { answer } = await write(crd, frames[crd.plural], undefined);
    expect(nodeAt(answer.body, path)).toEqual(value);
  });
});

/** Felix' settings are kept as they are written; the sandbox reads none of them. */
const keptAsWritten = "felixconfigurations";

const closed = publishedCrds().flatMap((crd) =>
  nodesOf(crd.schema)
    .filter(({ path, schema }) => schema["properties"] !== undefined && path !== "" && !path.startsWith("status"))
    .map(({ path }) => ({ name: `${crd.plural} ${path}`, crd, path })),
);

describe.skipIf(crdsAbsent)("fields that a published definition does not know", () => {
  it.each(closed.filter(({ crd }) => crd.plural !== keptAsWritten))("are pruned in $name", ({ crd, path }) => {
    const kind = kindOfObject(`${crd.group}/${crd.version}`, crd.kind);
    if (!kind) throw new Error(`${crd.kind} is not served`);
    const given = objectOf(put({}, path, { "nobody-knows-it": 1 }, crd.plural));
    const { object, unknown } = checkShape(kind.schema, given);
    expect(unknown).toEqual([`${fieldOf(path)}.nobody-knows-it`]);
    expect(nodeAt(object, path)).not.toHaveProperty("nobody-knows-it");
  });
});
