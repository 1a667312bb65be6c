import { describe, expect, it } from "vitest";
import { runCommandLine } from "../command-line";
import { memoryIo, type MemoryFile } from "../testing/memory-io";

const TIER = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: mesh}\nspec: {order: 3}\n";
const POD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";

async function run(tree: Readonly<Record<string, MemoryFile>>, words: readonly string[], input = "") {
  const { io, out, err } = memoryIo(tree, { input });
  const code = await runCommandLine(["validate", ...words], io);
  return { code, out: out(), err: err() };
}

const codes = async (tree: Readonly<Record<string, MemoryFile>>, words: readonly string[]) => {
  const { code, out } = await run(tree, [...words, "-o", "json"]);
  const { findings } = JSON.parse(out) as { findings: { code: string; line?: number; file?: string }[] };
  return [code, ...findings.map((f) => `${f.code} ${f.file ?? ""}:${f.line ?? ""}`)];
};

describe("isthmus validate", () => {
  it("says what it checked and what not", async () => {
    const { code, out, err } = await run({ "m/a.yaml": `${TIER}---\n${POD}` }, ["m"]);
    expect({ code, out, err }).toEqual({
      code: 0,
      out: "0 errors in 1 object checked: 1 Tier\nNot checked, for they have no say in what may connect: 1 ConfigMap\n",
      err: "",
    });
  });

  it("reads standard input", async () => {
    expect(await run({}, ["-"], TIER)).toMatchObject({ code: 0, err: "" });
  });

  it("shows what is wrong, where", async () => {
    const { code, out } = await run({ "a.yaml": `${TIER.replace("order", "odrer")}` }, ["a.yaml"]);
    expect(code).toBe(1);
    expect(out).toBe(
      "a.yaml:4:8: error: unknown field `odrer` [unknown-field]\n    4 | spec: {odrer: 3}\n      |        ^^^^^\n" +
        "      = in: Tier mesh, spec.odrer\n      = hint: did you mean `order`?\n1 error in 1 object checked: 1 Tier\n",
    );
  });

  it.each<{ name: string; tree: Record<string, MemoryFile>; words: string[]; found: (string | number)[] }>([
    { name: "a path that is not there", tree: {}, words: ["m"], found: [2, "not-found m:"] },
    { name: "an empty folder", tree: { "m/README.md": "" }, words: ["m"], found: [2, "no-manifests m:"] },
    {
      name: "a file without objects",
      tree: { "a.yaml": "# later\n" },
      words: ["a.yaml"],
      found: [2, "no-objects a.yaml:"],
    },
    { name: "a binary file", tree: { "a.yaml": "a\0b" }, words: ["a.yaml"], found: [2, "binary a.yaml:"] },
    {
      name: "no UTF-8",
      tree: { "a.yaml": Uint8Array.of(97, 0xe9, 98) },
      words: ["a.yaml"],
      found: [2, "encoding a.yaml:"],
    },
    {
      name: "UTF-16",
      tree: { "a.yaml": Uint8Array.of(0xff, 0xfe, 97, 0) },
      words: ["a.yaml"],
      found: [2, "encoding a.yaml:"],
    },
    {
      name: "a byte order mark",
      tree: { "a.yaml": Uint8Array.of(0xef, 0xbb, 0xbf, ...new TextEncoder().encode(TIER)) },
      words: ["a.yaml"],
      found: [0],
    },
    {
      name: "a file that may not be read",
      tree: { "a.yaml": { problem: { code: "denied", message: "no" } } },
      words: ["a.yaml"],
      found: [2, "denied a.yaml:"],
    },
    { name: "broken YAML", tree: { "a.yaml": "a: [\n" }, words: ["a.yaml"], found: [2, "yaml-syntax a.yaml:2"] },
    { name: "what is no object", tree: { "a.yaml": "- a\n" }, words: ["a.yaml"], found: [2, "no-object a.yaml:1"] },
    { name: "no manifest", tree: { "a.yaml": "a: 1\n" }, words: ["a.yaml"], found: [0, "no-manifest a.yaml:1"] },
    {
      name: "a kind alone",
      tree: { "a.yaml": "kind: Tier\n" },
      words: ["a.yaml"],
      found: [1, "missing-kind a.yaml:1"],
    },
    {
      name: "labels of a pod that are no texts",
      tree: { "a.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  labels: {on: x, app: yes}\n" },
      words: ["a.yaml"],
      found: [1, "wrong-type a.yaml:5"],
    },
    {
      name: "duplicates",
      tree: { "a.yaml": TIER, "b.yaml": TIER },
      words: ["a.yaml", "b.yaml"],
      found: [1, "duplicate b.yaml:3"],
    },
    { name: "one file by two paths", tree: { "m/a.yaml": TIER }, words: ["m", "m/a.yaml", "./m"], found: [0] },
    {
      name: "one object in each of two clusters",
      tree: { "a.yaml": TIER, "b.yaml": TIER },
      words: ["cluster=eu:a.yaml", "cluster=us", "b.yaml"],
      found: [0],
    },
    {
      name: "policy of another network",
      tree: { "a.yaml": "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: x}\n" },
      words: ["a.yaml"],
      found: [0, "foreign-policy a.yaml:2"],
    },
    {
      name: "policy in a version that is not read",
      tree: { "a.yaml": "apiVersion: extensions/v1beta1\nkind: NetworkPolicy\nmetadata: {name: x}\n" },
      words: ["a.yaml"],
      found: [1, "unknown-kind a.yaml:2"],
    },
    {
      name: "a kind of Calico that does not exist",
      tree: { "a.yaml": "apiVersion: projectcalico.org/v3\nkind: NetworkPolcy\nmetadata: {name: x}\n" },
      words: ["a.yaml"],
      found: [1, "unknown-kind a.yaml:2"],
    },
    {
      name: "items of a List at their own lines",
      tree: {
        "a.yaml":
          "apiVersion: v1\nkind: List\nitems:\n- apiVersion: projectcalico.org/v3\n  kind: Tier\n  metadata: {}\n",
      },
      words: ["a.yaml"],
      found: [1, "missing-name a.yaml:6"],
    },
    {
      name: "items of a typed list without a kind",
      tree: { "a.json": '{"apiVersion":"projectcalico.org/v3","kind":"TierList","items":[{"metadata":{"name":"Ä"}}]}' },
      words: ["a.json"],
      found: [1, "invalid-name a.json:1"],
    },
  ])("finds $name", async ({ tree, words, found }) => {
    expect(await codes(tree, words)).toEqual(found);
  });

  it("shows the rest when a part cannot be read", async () => {
    const { code, out, err } = await run({ "m/a.yaml": TIER, "m/b.yaml": "a: [" }, ["m"]);
    expect(code).toBe(2);
    expect(out).toContain("1 object checked");
    expect(err).toMatch(/^m\/b.yaml:1:5: error: /);
  });
});
