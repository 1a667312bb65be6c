import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json";
import { deployment } from "../schema/workloads";
import { fieldsOf, fromFieldsV1, toFieldsV1, withoutField } from "./field-set";
import { applyJsonPatch } from "./json-patch";
import { applyConfiguration, recordUpdate, type Writer } from "./managed-fields";
import { applyMergePatch } from "./merge-patch";
import { applyStrategicMerge } from "./strategic-merge";

describe("JSON patch", () => {
  const document = { a: { b: [1, 2, 3] }, "x/y": { "~": 1 } };
  const rows: readonly { name: string; operations: readonly JsonObject[]; expected: unknown }[] = [
    {
      name: "add to a list's end",
      operations: [{ op: "add", path: "/a/b/-", value: 4 }],
      expected: { ...document, a: { b: [1, 2, 3, 4] } },
    },
    {
      name: "insert into a list",
      operations: [{ op: "add", path: "/a/b/1", value: 9 }],
      expected: { ...document, a: { b: [1, 9, 2, 3] } },
    },
    {
      name: "replace an item",
      operations: [{ op: "replace", path: "/a/b/0", value: 9 }],
      expected: { ...document, a: { b: [9, 2, 3] } },
    },
    {
      name: "remove with escapes",
      operations: [{ op: "remove", path: "/x~1y/~0" }],
      expected: { ...document, "x/y": {} },
    },
    {
      name: "move",
      operations: [{ op: "move", from: "/a/b", path: "/c" }],
      expected: { a: {}, "x/y": { "~": 1 }, c: [1, 2, 3] },
    },
    { name: "copy", operations: [{ op: "copy", from: "/a/b/0", path: "/c" }], expected: { ...document, c: 1 } },
    { name: "a test that holds", operations: [{ op: "test", path: "/a/b", value: [1, 2, 3] }], expected: document },
    {
      name: "a test that fails",
      operations: [{ op: "test", path: "/a/b/0", value: 2 }],
      expected: expect.stringContaining("testing value"),
    },
    {
      name: "a missing path",
      operations: [{ op: "replace", path: "/none", value: 1 }],
      expected: expect.stringContaining("path does not exist"),
    },
    {
      name: "a missing parent",
      operations: [{ op: "add", path: "/none/deep", value: 1 }],
      expected: expect.stringContaining("path does not exist"),
    },
    {
      name: "an index out of range",
      operations: [{ op: "add", path: "/a/b/9", value: 1 }],
      expected: expect.stringContaining("no such index"),
    },
    {
      name: "an unknown operation",
      operations: [{ op: "merge", path: "/a" }],
      expected: expect.stringContaining("unexpected kind"),
    },
    {
      name: "a pointer without its slash",
      operations: [{ op: "remove", path: "a" }],
      expected: expect.stringContaining("not a JSON pointer"),
    },
  ];
  it.each(rows)("$name", ({ operations, expected }) => {
    expect(outcome(() => applyJsonPatch(document, operations))).toEqual(expected);
  });
});

function outcome(task: () => JsonObject): JsonObject | string {
  try {
    return task();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe("merge patch", () => {
  it("merges objects, replaces lists and removes nulls", () => {
    const target = { a: { b: 1, c: [1, 2] }, d: 1 };
    expect(applyMergePatch(target, { a: { b: null, c: [3] }, e: { f: null, g: 1 } })).toEqual({
      a: { c: [3] },
      d: 1,
      e: { g: 1 },
    });
  });
});

const containers = (...list: readonly JsonObject[]): JsonObject => ({
  spec: { template: { spec: { containers: list } } },
});

describe("strategic merge patch", () => {
  const live = containers({ name: "a", image: "a:1", args: ["x"] }, { name: "b", image: "b:1" });
  const rows: readonly { name: string; patch: JsonObject; expected: JsonObject }[] = [
    {
      name: "merges items by name",
      patch: containers({ name: "b", image: "b:2" }),
      expected: containers({ name: "a", image: "a:1", args: ["x"] }, { name: "b", image: "b:2" }),
    },
    {
      name: "appends an item",
      patch: containers({ name: "c" }),
      expected: containers({ name: "a", image: "a:1", args: ["x"] }, { name: "b", image: "b:1" }, { name: "c" }),
    },
    {
      name: "deletes an item",
      patch: containers({ name: "a", $patch: "delete" }),
      expected: containers({ name: "b", image: "b:1" }),
    },
    {
      name: "replaces an atomic list",
      patch: containers({ name: "a", args: ["y"] }),
      expected: containers({ name: "a", image: "a:1", args: ["y"] }, { name: "b", image: "b:1" }),
    },
    {
      name: "replaces a list where told",
      patch: containers({ $patch: "replace" }, { name: "z" }),
      expected: containers({ name: "z" }),
    },
    {
      name: "orders items",
      patch: { spec: { template: { spec: { "$setElementOrder/containers": [{ name: "b" }, { name: "a" }] } } } },
      expected: containers({ name: "b", image: "b:1" }, { name: "a", image: "a:1", args: ["x"] }),
    },
  ];
  it.each(rows)("$name", ({ patch, expected }) => {
    expect(applyStrategicMerge(deployment, live, patch)).toEqual(expected);
  });

  it("keeps only the named keys of a union", () => {
    const strategy = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    expect(applyStrategicMerge(deployment, strategy, patch)).toEqual({ spec: { strategy: { type: "Recreate" } } });
  });
});

describe("fields that are owned", () => {
  const object = { ...containers({ name: "a", ports: [{ containerPort: 80 }] }), metadata: { labels: { x: "y" } } };

  it("are written and read as Kubernetes does", () => {
    const fields = toFieldsV1(fieldsOf(deployment, object));
    expect(fields).toEqual({
      "f:spec": {
        "f:template": {
          "f:spec": {
            "f:containers": {
              'k:{"name":"a"}': {
                ".": {},
                "f:name": {},
                "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
              },
            },
          },
        },
      },
      "f:metadata": { "f:labels": { "f:x": {} } },
    });
    expect(toFieldsV1(fromFieldsV1(fields))).toEqual(fields);
  });

  it("take the empty objects around them along", () => {
    const path = ["f:metadata", "f:labels", "f:x"];
    expect(withoutField(object, path)).toEqual(containers({ name: "a", ports: [{ containerPort: 80 }] }));
  });
});

describe("server-side apply", () => {
  const writer = (manager: string): Writer => ({
    manager,
    subresource: "",
    apiVersion: "apps/v1",
    time: "2026-01-01T00:00:00Z",
  });
  const applied = (live: JsonObject, body: JsonObject, given: { manager: string; force?: boolean }) =>
    applyConfiguration(deployment, { live, applied: body, force: given.force === true }, writer(given.manager));
  const objectAfter = (live: JsonObject, body: JsonObject, given: { manager: string; force?: boolean }): JsonObject => {
    const result = applied(live, body, given);
    if ("conflicts" in result) throw new Error(JSON.stringify(result.conflicts));
    return result.object;
  };
  const replicas = (count: number): JsonObject => ({ spec: { replicas: count } });

  it("shares a field whose value is the same, and collides where it differs", () => {
    const first = objectAfter({}, replicas(1), { manager: "one" });
    const shared = objectAfter(first, replicas(1), { manager: "two" });
    expect(applied(shared, replicas(2), { manager: "two" })).toEqual({
      conflicts: [{ manager: "one", operation: "Apply", apiVersion: "apps/v1", path: ["f:spec", "f:replicas"] }],
    });
    expect(objectAfter(shared, replicas(2), { manager: "two", force: true })["spec"]).toEqual({ replicas: 2 });
  });

  it("removes what its last owner leaves out", () => {
    const first = objectAfter({}, { spec: { replicas: 1, paused: true } }, { manager: "one" });
    const shared = objectAfter(first, { spec: { paused: true } }, { manager: "two" });
    const dropped = objectAfter(shared, replicas(1), { manager: "one" });
    expect(dropped["spec"]).toEqual({ replicas: 1, paused: true });
    expect(objectAfter(dropped, {}, { manager: "two" })["spec"]).toEqual({ replicas: 1 });
  });

  it("collides with one who wrote by an update", () => {
    const live = recordUpdate(deployment, { live: {}, next: replicas(3) }, writer("scaler"));
    expect(applied(live, replicas(1), { manager: "one" })).toMatchObject({
      conflicts: [{ manager: "scaler", operation: "Update" }],
    });
  });

  it("gives a field to whoever changes it by an update", () => {
    const live = objectAfter({}, replicas(1), { manager: "one" });
    const next = recordUpdate(deployment, { live, next: { ...live, ...replicas(5) } }, writer("scaler"));
    expect(applied(next, replicas(1), { manager: "one" })).toMatchObject({ conflicts: [{ manager: "scaler" }] });
  });
});
