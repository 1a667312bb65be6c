import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { extractKubectl } from "@isthmus/sandbox/kubectl";
import type { Console } from "../console";
import { readKubeconfig } from "../pods/kubeconfig";
import { createKubernetesApi, KubernetesApiError } from "../pods/kubernetes-api";
import { startPodRunner } from "../pods/pod-runner";
import type { PodRuntime } from "../pods/pod-process";
import { AGENT_IMAGE, PROBE_IMAGE, publicUrl } from "../stack/processes";
import type { SandboxCluster, Stack } from "../stack/stack";
import type { PidFile } from "../supervise/pid-file";
import { createApiClient, type ApiClient } from "./api-client";
import { demoClusters, demoNamespaces } from "./demo-clusters";
import { withOneReplica } from "./one-replica";
import { signInToClusters } from "./sign-in";

interface DemoInput {
  readonly stack: Stack;
  readonly pids: PidFile;
  readonly console: Console;
}

interface ListedCluster {
  readonly id: string;
  readonly name: string;
  readonly status: { readonly kind: string };
}

const CONNECT_MS = 60_000;
const AGENT_DEPLOYMENT = "/apis/apps/v1/namespaces/isthmus/deployments/isthmus-agent";

/**
 * Does what an operator would: signs in, connects each sandbox cluster with the manifest that the app shows, and (once)
 * approves which identities are published. Runs the agents' pods meanwhile; resolves to how to stop them.
 */
export async function connectDemoClusters({ stack, pids, console }: DemoInput): Promise<() => Promise<void>> {
  const { settings, sandboxClusters } = stack;
  const api = createApiClient(publicUrl(settings.ports));
  const runtimes = sandboxClusters.map((cluster) => podRuntime(stack, pids, cluster));
  const runners = runtimes.map((runtime) => startPodRunner(runtime, (message) => console.say(`  ! ${message}`)));
  const stop = async () => void (await Promise.all(runners.map((runner) => runner.stop())));
  try {
    await console.step("sign in to the API", () =>
      signInToClusters(api, {
        email: settings.config.email,
        password: settings.secrets.signInPassword,
        clusters: sandboxClusters.map(({ name }) => name),
      }),
    );
    const kubectl = await console.step("kubectl", () => extractKubectl(settings.folder.tools));
    const connected = await listClusters(api);
    for (const [index, cluster] of sandboxClusters.entries()) {
      const known = connected.find(({ name }) => name === cluster.name);
      const runtime = runtimes[index];
      if (runtime === undefined || (known !== undefined && (await hasAgent(runtime)))) continue;
      await console.step(`install the agent in ${cluster.name}`, () => install({ api, kubectl, cluster, known }));
    }
    await console.step("clusters connect and sync", () => untilConnected(api, sandboxClusters));
    await probeOnce(api, { kubectl, clusters: sandboxClusters, folder: settings.folder.home, console });
    await approveOnce(api, { folder: settings.folder.home, console });
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

function podRuntime({ settings }: Stack, pids: PidFile, cluster: SandboxCluster): PodRuntime {
  const access = readKubeconfig(cluster.kubeconfig);
  return {
    cluster: cluster.name,
    access,
    api: createKubernetesApi(access),
    folder: settings.folder.pods,
    logs: settings.folder.logs,
    pids,
    inheritedEnv: settings.config.inheritedEnv,
    bundle: join(settings.config.root, "apps/agent/dist/main.js"),
    networkArgs: ({ metadata: { namespace, name } }) => {
      const user = encodeURIComponent(`${cluster.name}/${namespace}/${name}`);
      return [`--probe-proxy=socks5://${user}@127.0.0.1:${settings.ports.sandboxPods}`];
    },
  };
}

async function hasAgent({ api }: PodRuntime): Promise<boolean> {
  try {
    await api.get(AGENT_DEPLOYMENT);
    return true;
  } catch (error) {
    if (error instanceof KubernetesApiError && error.status === 404) return false;
    throw error;
  }
}

interface Installation {
  readonly api: ApiClient;
  readonly kubectl: string;
  readonly cluster: SandboxCluster;
  readonly known: ListedCluster | undefined;
}

async function install({ api, kubectl, cluster, known }: Installation): Promise<void> {
  const options = { image: AGENT_IMAGE, goldmaneAddress: cluster.goldmaneAddress };
  const made =
    known === undefined
      ? await api.mutate<{ manifest: string }>("clusters.connect", {
          name: cluster.name,
          labels: demoClusters[cluster.name] ?? {},
          options,
        })
      : await api.mutate<{ manifest: string }>("clusters.newGrant", { clusterId: known.id, options });
  await applyManifest(kubectl, cluster.kubeconfig, withOneReplica(made.manifest));
}

/** `kubectl apply -f -`, as the page says. */
async function applyManifest(kubectl: string, kubeconfig: string, manifest: string): Promise<void> {
  const running = promisify(execFile)(kubectl, ["--kubeconfig", kubeconfig, "apply", "-f", "-"]);
  running.child.stdin?.end(manifest);
  await running;
}

async function listClusters(api: ApiClient): Promise<readonly ListedCluster[]> {
  const { clusters } = await api.query<{ clusters: readonly ListedCluster[] }>("clusters.list");
  return clusters;
}

async function untilConnected(api: ApiClient, clusters: readonly SandboxCluster[]): Promise<void> {
  let waiting: readonly string[] = [];
  for (const deadline = Date.now() + CONNECT_MS; Date.now() < deadline; await sleep(200)) {
    const listed = await listClusters(api);
    const isConnected = (name: string) => listed.some((each) => each.name === name && each.status.kind === "connected");
    waiting = clusters.map(({ name }) => name).filter((name) => !isConnected(name));
    if (waiting.length === 0) return;
  }
  throw new Error(
    `${waiting.join(", ")} did not connect within ${CONNECT_MS / 1000} s; the agents' logs are in the state folder under logs/`,
  );
}

interface Probing {
  readonly kubectl: string;
  readonly clusters: readonly SandboxCluster[];
  readonly folder: string;
  readonly console: Console;
}

/** Probe pods and probes are turned on the first time only: what a person turns off stays off. */
async function probeOnce(api: ApiClient, { kubectl, clusters, folder, console }: Probing): Promise<void> {
  const marker = join(folder, "demo-probes-on");
  if (existsSync(marker)) return;
  await console.step("measure connectivity between the clusters", async () => {
    const { manifest } = await api.query<{ manifest: string }>("connectivity.probeManifest", { image: PROBE_IMAGE });
    for (const { kubeconfig } of clusters) await applyManifest(kubectl, kubeconfig, manifest);
    for (const { id } of await listClusters(api)) {
      await api.mutate("connectivity.setProbes", { clusterId: id, enabled: true });
    }
    writeFileSync(marker, `${new Date().toISOString()}\n`);
  });
}

/** The demo approves its own namespaces the first time only: what a person withdraws later stays withdrawn. */
async function approveOnce(
  api: ApiClient,
  { folder, console }: { readonly folder: string; readonly console: Console },
): Promise<void> {
  const marker = join(folder, "demo-identities-approved");
  if (existsSync(marker)) return;
  await console.step("approve which identities are published", async () => {
    const listed = await listClusters(api);
    const publications = listed.flatMap((source) =>
      listed
        .filter((target) => target.id !== source.id)
        .flatMap((target) =>
          (demoNamespaces[source.name] ?? []).map((namespace) => ({
            sourceClusterId: source.id,
            namespace,
            targetClusterId: target.id,
          })),
        ),
    );
    await api.mutate("publications.approve", { publications });
    writeFileSync(marker, `${new Date().toISOString()}\n`);
  });
}
