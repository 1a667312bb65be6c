import { readFileSync } from "node:fs";
import { CALICO_KINDS, CORE_KINDS, textAt, type KubernetesApi, type KubeObject } from "@isthmus/k8s";
import { PROBE_PORT, ProbeOutcome } from "@isthmus/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { probe, type ProbeFinding } from "../src/probe/probe";
import { dialThrough } from "../src/probe/socks5";
import { probeManifestPath } from "./support/bundles";
import { startSandbox, type RunningSandbox } from "./support/sandbox";
import { waitFor } from "./support/wait-for";

// Probes as an agent makes them, in the pod network of sandbox clusters: what it dials from is a pod of eu-west.

let sandbox: RunningSandbox;
let usEast: KubernetesApi;
let from: KubeObject;
let target: string;

const NONCE = "0123456789abcdef0123456789abcdef";
const own = (): string => textAt(from, "status", "podIP");

function dialFrom(pod: string, address: string): Promise<ProbeFinding> {
  const proxy = { host: "127.0.0.1", port: sandbox.podsProxyPort, user: `eu-west/${pod}`, password: "" };
  const parts = { dial: dialThrough(proxy), nonce: () => NONCE, stopwatch: () => performance.now(), timeoutMs: 5_000 };
  return probe(parts, { address, port: PROBE_PORT });
}
const dial = (address: string) => dialFrom(`${from.metadata.namespace ?? ""}/${from.metadata.name}`, address);

async function podsOf(api: KubernetesApi): Promise<readonly KubeObject[]> {
  const listed = await api.list(CORE_KINDS.pods, {});
  if (!listed.ok) throw new Error(listed.error.message);
  return listed.value.items.filter((pod) => textAt(pod, "status", "podIP") !== "");
}

const labelled = (pods: readonly KubeObject[], label: string, value: string): KubeObject | undefined =>
  pods.find(({ metadata }) => metadata.labels?.[label] === value);

async function must<T>(
  answer: Promise<{ ok: true; value: T } | { ok: false; error: { message: string } }>,
): Promise<T> {
  const given = await answer;
  if (!given.ok) throw new Error(given.error.message);
  return given.value;
}

beforeAll(async () => {
  sandbox = await startSandbox();
  usEast = sandbox.cluster("us-east").api;
  const manifest = readFileSync(probeManifestPath, "utf8").replace("{{image}}", "isthmus/probe:test");
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "isthmus" } };
  await must(usEast.create(CORE_KINDS.namespaces, namespace as KubeObject));
  await must(usEast.create(CORE_KINDS.deployments, parse(manifest) as KubeObject));
  const answerer = await waitFor("the probe pod", async () =>
    labelled(await podsOf(usEast), "isthmus.io/probe", "answer"),
  );
  target = textAt(answerer, "status", "podIP");
  const found = labelled(await podsOf(sandbox.api), "app", "recommendation");
  if (found === undefined) throw new Error("eu-west runs no such pod");
  from = found;
}, 60_000);

afterAll(async () => {
  await sandbox.stop();
});

describe("probes between sandbox clusters", () => {
  it("arrive with the pod's own address where a disabled pool covers the remote range", async () => {
    expect(await dial(target)).toMatchObject({
      outcome: ProbeOutcome.ANSWERED,
      ownAddress: own(),
      seenAddress: own(),
    });
  });

  it("arrive with the node's address where no pool covers it, and as themselves when one does again", async () => {
    const kind = CALICO_KINDS.ipPools;
    const pool = await must(sandbox.api.get(kind, { name: "us-east-pods" }));
    await must(sandbox.api.remove(kind, { name: "us-east-pods" }, pool.metadata.uid ?? ""));
    const nodes = await must(sandbox.api.list(CORE_KINDS.nodes, {}));
    const node = nodes.items.find(({ metadata }) => metadata.name === textAt(from, "spec", "nodeName"));
    const found = await dial(target);
    expect(found).toMatchObject({ outcome: ProbeOutcome.ANSWERED, ownAddress: own() });
    expect(JSON.stringify(node?.["status"])).toContain(`"address":"${found.seenAddress}"`);
    expect(found.seenAddress).not.toBe(own());
    const { apiVersion, metadata, spec } = pool as KubeObject & { spec: unknown };
    await must(
      sandbox.api.create(kind, { apiVersion, kind: kind.kind, metadata: { name: metadata.name }, spec } as KubeObject),
    );
    expect((await dial(target)).seenAddress).toBe(own());
  });

  it("get no answer where a policy denies them", async () => {
    const policy = {
      apiVersion: "projectcalico.org/v3",
      kind: "GlobalNetworkPolicy",
      metadata: { name: "default.no-probes" },
      spec: { tier: "default", order: 1, selector: "has(isthmus.io/probe)", types: ["Ingress"] },
    };
    const kind = CALICO_KINDS.globalNetworkPolicies;
    const made = await must(usEast.create(kind, policy as unknown as KubeObject));
    expect((await dial(target)).outcome).toBe(ProbeOutcome.TIMEOUT);
    await must(usEast.remove(kind, { name: "default.no-probes" }, made.metadata.uid ?? ""));
    expect((await dial(target)).outcome).toBe(ProbeOutcome.ANSWERED);
  });

  it("tell a pod that is no probe pod from an address without a pod", async () => {
    const other = textAt(labelled(await podsOf(usEast), "app", "frontend"), "status", "podIP");
    const [refused, nobody] = await Promise.all([dial(other), dial("10.30.255.250")]);
    expect([refused.outcome, nobody.outcome]).toEqual([ProbeOutcome.REFUSED, ProbeOutcome.TIMEOUT]);
  });

  it("are not made by a pod that does not exist", async () => {
    expect((await dialFrom("isthmus/nobody", target)).outcome).toBe(ProbeOutcome.FAILED);
  });
});
