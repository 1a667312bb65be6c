import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKubernetesApi, loadAccess, type KubernetesApi } from "@isthmus/k8s";
import { sandboxBundle } from "./bundles";
import { startChild, type RunningChild } from "./child";
import { waitFor } from "./wait-for";

/** One cluster of a sandbox, as its administrator sees it. */
export interface SandboxCluster {
  readonly name: string;
  readonly kubeconfig: string;
  readonly goldmaneAddress: string;
  readonly api: KubernetesApi;
}

/** A running sandbox process; as a cluster it is its first one. */
export interface RunningSandbox extends SandboxCluster {
  readonly child: RunningChild;
  readonly stateDir: string;
  /** Where processes that stand for pods enter the pod network. */
  readonly podsProxyPort: number;
  /** Throws where the scenario has no such cluster. */
  cluster(name: string): SandboxCluster;
  stop(): Promise<void>;
}

interface Ready {
  readonly podsProxyPort: number;
  readonly clusters: readonly Omit<SandboxCluster, "api">[];
}

/** Starts the sandbox process with a scenario (docs/scenarios.md), or its built-in demo, whose first cluster is eu-west. */
export async function startSandbox(scenario?: object, timing = "flush=1s,bucket=1s,lag=3"): Promise<RunningSandbox> {
  const stateDir = mkdtempSync(join(tmpdir(), "isthmus-agent-sandbox-"));
  const file = join(stateDir, "scenario.json");
  if (scenario !== undefined) writeFileSync(file, JSON.stringify(scenario));
  const child = startChild({
    file: await sandboxBundle(),
    env: {
      ISTHMUS_SANDBOX_STATE: stateDir,
      ISTHMUS_SANDBOX_EXTERNAL_IMAGES: "isthmus-agent",
      ISTHMUS_SANDBOX_PODS_LISTEN: "127.0.0.1:0",
      ISTHMUS_SANDBOX_TIME: timing,
      ISTHMUS_EXIT_WITH_PARENT: "1",
      ...(scenario === undefined ? {} : { ISTHMUS_SANDBOX_SCENARIO: file }),
    },
  });
  const ready = await waitFor("the sandbox", () => {
    if (child.process.exitCode !== null) throw new Error(`the sandbox ended: ${JSON.stringify(child.lines.slice(-5))}`);
    return child.lines.find((line) => line["msg"] === "ready");
  });
  // INVARIANT: the sandbox logs its clusters when it is ready.
  const { clusters: told, podsProxyPort } = ready as unknown as Ready;
  const clusters = await Promise.all(told.map(async (each) => ({ ...each, api: await apiOf(each.kubeconfig) })));
  return {
    ...clusters[0]!,
    child,
    stateDir,
    podsProxyPort,
    cluster(name) {
      const found = clusters.find((each) => each.name === name);
      if (found === undefined) throw new Error(`the sandbox has no cluster ${name}`);
      return found;
    },
    async stop() {
      for (const { api } of clusters) api.close();
      await child.kill("SIGTERM");
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** The API that a kubeconfig gives access to. */
export async function apiOf(kubeconfig: string): Promise<KubernetesApi> {
  const access = await loadAccess({ kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  return createKubernetesApi(access.value);
}

/** A kubeconfig for the service account's token, with the authority of the administrator's. */
export function writeTokenKubeconfig(
  { sandbox, token, server }: { readonly sandbox: SandboxCluster; readonly token: string; readonly server?: string },
  path: string,
): void {
  const text = readFileSync(sandbox.kubeconfig, "utf8");
  const cluster = server ?? apiServerOf(sandbox);
  const ca = /certificate-authority-data: (?<ca>\S+)/u.exec(text)?.groups?.["ca"] ?? "";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "c",
        cluster: { server: cluster, "certificate-authority-data": ca.replaceAll('"', "") },
      },
    ],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "isthmus" } }],
    "current-context": "x",
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o644 });
}

/** Where the cluster's API server listens. */
export function apiServerOf({ kubeconfig }: Pick<SandboxCluster, "kubeconfig">): string {
  const text = readFileSync(kubeconfig, "utf8");
  return (/server: (?<server>\S+)/u.exec(text)?.groups?.["server"] ?? "").replaceAll('"', "");
}
