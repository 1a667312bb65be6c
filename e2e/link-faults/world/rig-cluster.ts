import { readFileSync } from "node:fs";
import type { MutualTls } from "@isthmus/goldmane-api";
import {
  CALICO_KINDS,
  CORE_KINDS,
  createHttpsTransport,
  loadAccess,
  readBody,
  recordAt,
  textAt,
  type HttpsTransport,
  type KubeObject,
} from "@isthmus/k8s";
import {
  apiServerOf,
  startSandbox,
  type RunningSandbox,
  type SandboxCluster,
} from "../../../apps/agent/test/support/sandbox";

const NAMES = ["rig-a", "rig-b", "rig-c"] as const;
const CALICO_SYSTEM = "calico-system";
const POD = "goldmane-rig";
/** An image that the sandbox leaves to others to run: its pod says what the rig says. */
const IMAGE = "isthmus-agent:rig";

/** A cluster's Kubernetes API, served by the sandbox, with what an agent needs in it. */
export interface RigCluster {
  readonly name: string;
  readonly apiPort: number;
  /** A kubeconfig of its administrator, for the API at another port of this machine. */
  kubeconfigAt(port: number): string;
  /** What Goldmane proves itself with. */
  readonly goldmaneTls: MutualTls;
  /** Says that Goldmane's container runs since then, for the first time or anew; answers with the run's name. */
  beginGoldmane(startedAt: number): Promise<string>;
  /** The selector of a GlobalNetworkPolicy; undefined where it is not there. */
  policySelector(name: string): Promise<string | undefined>;
  /** Removes what a schedule left: policies and tiers of this prefix. */
  removePolicies(prefix: string): Promise<void>;
  /** Ends kept-alive connections. */
  close(): void;
}

/** The sandbox's process and its clusters. */
export interface RigSandbox {
  readonly clusters: readonly RigCluster[];
  stop(): Promise<void>;
}

/** Starts a sandbox of three small clusters. */
export async function startRigSandbox(): Promise<RigSandbox> {
  const namespaces = ["isthmus", "rig", CALICO_SYSTEM].map((name) => {
    return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  });
  const clusters = NAMES.map((name) => ({ name, nodes: 1, manifests: namespaces }));
  const sandbox = await startSandbox({ seed: 1, clusters }, "flush=15s");
  const made = await Promise.all(NAMES.map((name) => rigCluster(sandbox, name)));
  return {
    clusters: made,
    stop: async () => {
      for (const cluster of made) cluster.close();
      await sandbox.stop();
    },
  };
}

async function rigCluster(sandbox: RunningSandbox, name: string): Promise<RigCluster> {
  const cluster = sandbox.cluster(name);
  const access = await loadAccess({ kubeconfig: cluster.kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  const https = createHttpsTransport(access.value);
  await makePod(cluster);
  let restarts = -1;
  return {
    name,
    apiPort: Number(new URL(apiServerOf(cluster)).port),
    kubeconfigAt: (port) =>
      readFileSync(cluster.kubeconfig, "utf8").replace(apiServerOf(cluster), `https://127.0.0.1:${port}`),
    goldmaneTls: await goldmaneTls(cluster),
    beginGoldmane: async (startedAt) => {
      restarts += 1;
      const uid = await tellPod(https, { restarts, startedAt });
      return `${uid}-${restarts}`;
    },
    policySelector: async (policy) => {
      const found = await cluster.api.get(CALICO_KINDS.globalNetworkPolicies, { name: policy });
      if (found.ok) return textAt(found.value, "spec", "selector");
      if (found.error.code === "not-found") return undefined;
      throw new Error(found.error.message);
    },
    removePolicies: (prefix) => removePolicies(cluster, prefix),
    close: () => https.close(),
  };
}

async function makePod({ api }: SandboxCluster): Promise<void> {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: POD, namespace: CALICO_SYSTEM, labels: { "k8s-app": "goldmane" } },
    spec: { containers: [{ name: "goldmane", image: IMAGE }] },
  };
  const made = await api.create(CORE_KINDS.pods, object);
  if (!made.ok) throw new Error(`no pod of Goldmane: ${made.error.message}`);
}

/** Writes the status of Goldmane's pod, as the kubelet does; answers with the pod's UID. */
async function tellPod(
  https: HttpsTransport,
  { restarts, startedAt }: { readonly restarts: number; readonly startedAt: number },
): Promise<string> {
  const running = { startedAt: new Date(startedAt * 1_000).toISOString().replace(/\.\d{3}Z$/u, "Z") };
  const container = { name: "goldmane", ready: true, restartCount: restarts, image: IMAGE, state: { running } };
  const answer = await https.send({
    method: "PATCH",
    path: `/api/v1/namespaces/${CALICO_SYSTEM}/pods/${POD}/status`,
    contentType: "application/merge-patch+json",
    body: JSON.stringify({ status: { phase: "Running", containerStatuses: [container] } }),
    idleTimeoutMs: 10_000,
  });
  const text = await readBody(answer);
  if (answer.statusCode !== 200) throw new Error(`Goldmane's pod was not told: ${text}`);
  return textAt(JSON.parse(text), "metadata", "uid");
}

async function goldmaneTls({ api }: SandboxCluster): Promise<MutualTls> {
  const secret = await api.get(CORE_KINDS.secrets, { namespace: CALICO_SYSTEM, name: "goldmane-key-pair" });
  const bundle = await api.get(CORE_KINDS.configMaps, { namespace: CALICO_SYSTEM, name: "goldmane-ca-bundle" });
  if (!secret.ok) throw new Error(secret.error.message);
  if (!bundle.ok) throw new Error(bundle.error.message);
  const decoded = (name: string): string => Buffer.from(textAt(secret.value, "data", name), "base64").toString();
  const ca = recordAt(bundle.value, "data")["tigera-ca-bundle.crt"];
  return { ca: typeof ca === "string" ? ca : "", cert: decoded("tls.crt"), key: decoded("tls.key") };
}

async function removePolicies({ api }: SandboxCluster, prefix: string): Promise<void> {
  for (const kind of [CALICO_KINDS.globalNetworkPolicies, CALICO_KINDS.tiers]) {
    const listed = await api.list(kind, {});
    const ours = (listed.ok ? listed.value.items : []).filter((each: KubeObject) =>
      each.metadata.name.startsWith(prefix),
    );
    for (const { metadata } of ours) await api.remove(kind, { name: metadata.name }, metadata.uid ?? "");
  }
}
