import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { describe, expect, it } from "vitest";
import { formatAddress, netContains } from "../src/dataplane/address";
import { address, ask, object, testCluster, type TestCluster } from "../src/dataplane/testing/cluster";
import { isObject, numberOf, objectsOf, stringMapOf, stringOf, valueAt, type JsonObject } from "../src/json";
import type { KubeObject } from "../src/store/types";

/** Cases that others wrote (np-guard/netpol-analyzer), which lie beside the project. */
const folder = join(
  process.env["ISTHMUS_CORPORA"] ?? resolve(import.meta.dirname, "../../../../shared/corpora"),
  "connectivity",
);
const present = existsSync(folder);
const cases = present ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "expected.txt"))) : [];

/** Kubernetes manifests without pods' own objects: their workloads are in the case that they were derived from. */
const WORKLOADS_OF: Readonly<Record<string, string>> = { test_with_named_ports: "with_end_port_example" };

/** Pods live where the cases' clusters have them: what an IP block says of the cluster's range must hold for them. */
const PODS = { base: address("172.30.200.0"), length: 24 };

interface Workload {
  readonly key: string;
  readonly address: string;
}

/** `namespace/name[Kind]` or `first-last[External]`. */
interface Connection {
  readonly from: string;
  readonly to: string;
  readonly what: string;
}

function readManifests(name: string): readonly JsonObject[] {
  const files = readdirSync(join(folder, name)).filter((file) => file.endsWith(".yaml"));
  const documents = files.flatMap((file) => parseAllDocuments(readFileSync(join(folder, name, file), "utf8")));
  const objects = documents.map((document): unknown => document.toJS()).filter(isObject);
  return objects.flatMap(itemsOf);
}

/** The members of a list, which need not repeat their kind. */
function itemsOf(value: JsonObject): readonly JsonObject[] {
  const kind = stringOf(value["kind"]);
  if (!kind.endsWith("List")) return [value];
  const member = kind.slice(0, -"List".length);
  return objectsOf(value["items"]).map((item) => (member === "" ? item : { kind: member, ...item }));
}

const kindOf = (value: JsonObject): string => stringOf(value["kind"]);
const namespaceOf = (value: JsonObject): string => stringOf(valueAt(value, "metadata", "namespace")) || "default";
const nameOf = (value: JsonObject): string => stringOf(valueAt(value, "metadata", "name"));

/** One pod for each workload; pods of one owner are alike in these cases. */
function readWorkloads(
  manifests: readonly JsonObject[],
): readonly { readonly key: string; readonly template: JsonObject; readonly namespace: string }[] {
  const found = new Map<string, { key: string; template: JsonObject; namespace: string }>();
  for (const manifest of manifests) {
    const isPod = kindOf(manifest) === "Pod";
    const template = isPod ? manifest : valueAt(manifest, "spec", "template");
    if (!isObject(template)) continue;
    // static pods belong to their node and are told apart
    const owner = isPod
      ? objectsOf(valueAt(manifest, "metadata", "ownerReferences")).find(({ kind }) => kind !== "Node")
      : undefined;
    const kind = owner === undefined ? kindOf(manifest) : stringOf(owner["kind"]);
    const name = owner === undefined ? nameOf(manifest) : stringOf(owner["name"]);
    const namespace = namespaceOf(manifest);
    const key = `${namespace}/${name}[${kind}]`;
    if (!found.has(key)) found.set(key, { key, template, namespace });
  }
  return [...found.values()];
}

function readExpected(name: string): readonly Connection[] {
  const lines = readFileSync(join(folder, name, "expected.txt"), "utf8").split("\n");
  return lines
    .filter((line) => line.includes(" => "))
    .map((line) => {
      const match = /^(\S+) => (\S+) : (.+)$/u.exec(line.trim());
      if (match === null) throw new Error(line);
      return { from: match[1] ?? "", to: match[2] ?? "", what: match[3] ?? "" };
    });
}

/** Two cases come without their pods, whose label follows from their names. */
function workloadsByName(
  name: string,
): readonly { readonly key: string; readonly template: JsonObject; readonly namespace: string }[] {
  if (!name.startsWith("semanticDiff-")) return [];
  const keys = new Set(
    readExpected(name)
      .flatMap(({ from, to }) => [from, to])
      .filter((key) => !isExternal(key)),
  );
  return [...keys].map((key) => {
    const [, app = ""] = /^demo\/cog-agents-(.+)\[DaemonSet\]$/u.exec(key) ?? [];
    return {
      key,
      namespace: "demo",
      template: { metadata: { labels: { app: `${app}-selector` } }, spec: { containers: [] } },
    };
  });
}

interface World {
  readonly cluster: TestCluster;
  readonly workloads: readonly Workload[];
}

function build(name: string): World {
  const manifests = [name, WORKLOADS_OF[name]].flatMap((folderName) =>
    folderName === undefined
      ? []
      : readManifests(folderName).filter((value) => folderName === name || kindOf(value) !== "NetworkPolicy"),
  );
  const described = [...readWorkloads(manifests), ...workloadsByName(name)];
  const workloads = described.map(({ key }, index) => ({ key, address: formatAddress(Number(PODS.base) + 1 + index) }));
  const pods = described.map(({ template, namespace }, index) =>
    podOf(template, namespace, { index, address: workloads[index]?.address ?? "" }),
  );
  const labels = new Map(
    manifests
      .filter((m) => kindOf(m) === "Namespace")
      .map((m) => [nameOf(m), stringMapOf(valueAt(m, "metadata", "labels"))]),
  );
  const names = new Set([...labels.keys(), ...described.map(({ namespace }) => namespace)]);
  const namespaces = [...names].map((namespace) =>
    // Kubernetes itself puts this label on every namespace
    object(
      ["v1", "Namespace"],
      { name: namespace, labels: { "kubernetes.io/metadata.name": namespace, ...labels.get(namespace) } },
      {},
    ),
  );
  const policies = manifests
    .filter((value) => kindOf(value) === "NetworkPolicy")
    .map((value) =>
      object(
        ["networking.k8s.io/v1", "NetworkPolicy"],
        { name: nameOf(value), namespace: namespaceOf(value) },
        { spec: value["spec"] },
      ),
    );
  return { cluster: testCluster([...namespaces, ...pods, ...policies]), workloads };
}

function podOf(
  template: JsonObject,
  namespace: string,
  at: { readonly index: number; readonly address: string },
): KubeObject {
  const { hostNetwork: _ignored, ...spec } = (template["spec"] ?? {}) as JsonObject;
  return object(
    ["v1", "Pod"],
    { name: `pod-${at.index}`, namespace, labels: stringMapOf(valueAt(template, "metadata", "labels")) },
    { spec: { ...spec, nodeName: "node" }, status: { phase: "Running", podIP: at.address } },
  );
}

/** Protocols and ports to try: every port that the case mentions, its neighbours, and some that nothing mentions. */
function probesOf(name: string): readonly string[] {
  const text = [...readManifests(name), ...(WORKLOADS_OF[name] === undefined ? [] : readManifests(WORKLOADS_OF[name]))]
    .map((m) => JSON.stringify(m))
    .join();
  const mentioned = [...text.matchAll(/"(?:port|endPort|containerPort)":(\d+)/gu)].map(([, port]) =>
    numberOf(Number(port), 0),
  );
  const ports = new Set([1, 53, 65_535, ...mentioned.flatMap((port) => [port - 1, port, port + 1])]);
  return [...ports].filter((port) => port > 0 && port < 65_536).flatMap((port) => [`tcp/${port}`, `udp/${port}`]);
}

/** Whether `TCP 8080,9090,UDP 53-60` holds `tcp/8080`. */
function holds(what: string, probe: string): boolean {
  if (what === "All Connections") return true;
  const [protocol = "", port = ""] = probe.split("/");
  let current = "";
  return what.split(",").some((part) => {
    const words = part.trim().split(" ");
    if (words.length === 2) current = (words[0] ?? "").toLowerCase();
    const [first = "", last = first] = (words.at(-1) ?? "").split("-");
    return current === protocol && Number(port) >= Number(first) && Number(port) <= Number(last);
  });
}

const isExternal = (key: string): boolean => key.endsWith("[External]");
/** Whether a name in the expectation is this workload, or a range that holds this address. */
function covers(name: string, end: Workload): boolean {
  if (!isExternal(name)) return name === end.key;
  if (!isExternal(end.key)) return false;
  const [first = "", last = ""] = edgesOf(name);
  return address(end.address) >= address(first) && address(end.address) <= address(last);
}

const edgesOf = (key: string): readonly string[] => key.replace("[External]", "").split("-");

function actual(cluster: TestCluster, [from, to]: readonly [string, string], what: string): boolean {
  const sends = !isPod(from) || ask(cluster, { direction: "egress", from, to, what }).action === "allow";
  return sends && (!isPod(to) || ask(cluster, { direction: "ingress", from, to, what }).action === "allow");
}

const isPod = (text: string): boolean => netContains(PODS, address(text));

describe(
  present ? "connectivity of others' cases" : `connectivity of others' cases (skipped: ${folder} is absent)`,
  () => {
    it("is present in CI", () => expect(present || process.env["CI"] !== "true").toBe(true));

    it.each(cases)("%s", (name) => {
      const { cluster, workloads } = build(name);
      const expected = readExpected(name);
      const probes = probesOf(name);
      const ranges = [...new Set(expected.flatMap(({ from, to }) => [from, to]).filter(isExternal))];
      const outside = ranges.flatMap((key) => edgesOf(key).map((edge) => ({ key, address: edge })));
      expect(workloads.length).toBeGreaterThan(1);

      const wrong: string[] = [];
      let asked = 0;
      const compare = (from: Workload, to: Workload): void => {
        const lines = expected.filter((line) => covers(line.from, from) && covers(line.to, to));
        for (const probe of probes) {
          asked += 1;
          const got = actual(cluster, [from.address, to.address], probe);
          if (got !== lines.some(({ what }) => holds(what, probe)))
            wrong.push(`${from.key} => ${to.key} ${probe}: ${got ? "allowed" : "denied"}`);
        }
      };
      for (const workload of workloads) {
        for (const other of workloads) if (other !== workload) compare(workload, other);
        for (const end of outside) {
          compare(workload, end);
          compare(end, workload);
        }
      }
      expect(wrong.slice(0, 20)).toEqual([]);
      expect(asked).toBeGreaterThan(expected.length);
      expect(cluster.notProgrammed).toEqual([]);
    });
  },
);
