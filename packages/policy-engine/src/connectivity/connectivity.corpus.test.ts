import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { buildWorld } from "../evaluate/world";
import { readCluster } from "../manifests/read-cluster";
import { corporaFolder } from "../testing/corpora";
import { connectivityOf } from "./connectivity";
import { nameEndpoints } from "./names";
import { printText } from "./print";

const folder = corporaFolder();
const root = folder && resolve(folder, "connectivity");
const cases = root === undefined ? [] : readdirSync(root);

function documentsOf(name: string): readonly unknown[] {
  const path = resolve(root ?? "", name);
  return readdirSync(path)
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .flatMap((file) => parseAllDocuments(readFileSync(resolve(path, file), "utf8")))
    .map((document): unknown => document.toJS());
}

const daemonSetPod = (name: string, app: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: `${name}-0`,
    namespace: "demo",
    labels: { app },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "DaemonSet", name, controller: true }],
  },
  spec: { containers: [] },
});

const DEMO = ["account-command", "account-query", "bank-ui"].map((app) =>
  daemonSetPod(`cog-agents-${app}`, `${app}-selector`),
);

/** Three cases hold policies alone: their pods were JSON files, which the corpora left behind. */
const LEFT_BEHIND: Readonly<Record<string, () => readonly unknown[]>> = {
  // The same cluster as in this other case.
  test_with_named_ports: () =>
    documentsOf("core_pods_without_host_ip").filter((json) => (json as { kind: string }).kind !== "NetworkPolicy"),
  "semanticDiff-same-topologies-old1": () => DEMO,
  "semanticDiff-same-topologies-new1": () => DEMO,
};

describe.skipIf(cases.length === 0)("connectivity of the corpora's cases", () => {
  it.each(cases)("%s", (name) => {
    const documents = [...documentsOf(name), ...(LEFT_BEHIND[name]?.() ?? [])];
    const { world: input, workloads } = readCluster({
      cluster: "",
      manifests: documents.map((json) => ({ json, origin: name })),
    });
    const world = buildWorld(input);
    const text = printText(connectivityOf([world]), { nameOf: nameEndpoints([{ world, workloads }]) });
    expect(text).toEqual(readFileSync(resolve(root ?? "", name, "expected.txt"), "utf8").trimEnd());
  });
});
