import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKubernetesApi, loadAccess, type KubernetesApi } from "@isthmus/k8s";
import { sandboxBundle } from "./bundles";
import { startChild, type RunningChild } from "./child";
import { waitFor } from "./wait-for";

/** A running sandbox process, and its first cluster. */
export interface RunningSandbox {
  readonly child: RunningChild;
  readonly stateDir: string;
  readonly kubeconfig: string;
  readonly goldmaneAddress: string;
  readonly api: KubernetesApi;
  /** Administrators' kubeconfigs of all clusters, by name. */
  readonly kubeconfigs: ReadonlyMap<string, string>;
  /** Where processes that stand for pods enter the pod network. */
  readonly podsProxyPort: number;
  stop(): Promise<void>;
}

interface Ready {
  readonly podsProxyPort: number;
  readonly clusters: readonly {
    readonly name: string;
    readonly kubeconfig: string;
    readonly goldmaneAddress: string;
  }[];
}

/** Starts the sandbox process with its built-in demo, with delays shortened; the cluster used is eu-west. */
export async function startSandbox(
  stateDir = mkdtempSync(join(tmpdir(), "isthmus-agent-sandbox-")),
  timing = "flush=1s,bucket=1s,lag=3",
): Promise<RunningSandbox> {
  const child = startChild({
    file: await sandboxBundle(),
    env: {
      ISTHMUS_SANDBOX_STATE: stateDir,
      ISTHMUS_SANDBOX_EXTERNAL_IMAGES: "isthmus-agent",
      ISTHMUS_SANDBOX_PODS_LISTEN: "127.0.0.1:0",
      ISTHMUS_SANDBOX_TIME: timing,
    },
  });
  const ready = await waitFor("the sandbox", () => {
    if (child.process.exitCode !== null) throw new Error(`the sandbox ended: ${JSON.stringify(child.lines.slice(-5))}`);
    return child.lines.find((line) => line["msg"] === "ready");
  });
  // INVARIANT: the sandbox logs its clusters when it is ready.
  const { clusters, podsProxyPort } = ready as unknown as Ready;
  const cluster = clusters[0]!;
  const access = await loadAccess({ kubeconfig: cluster.kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  const api = createKubernetesApi(access.value);
  return {
    child,
    stateDir,
    kubeconfig: cluster.kubeconfig,
    goldmaneAddress: cluster.goldmaneAddress,
    api,
    kubeconfigs: new Map(clusters.map(({ name, kubeconfig }) => [name, kubeconfig])),
    podsProxyPort,
    async stop() {
      api.close();
      await child.kill("SIGTERM");
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** A kubeconfig for the service account's token, with the authority of the administrator's. */
export function writeTokenKubeconfig(
  { sandbox, token, server }: { readonly sandbox: RunningSandbox; readonly token: string; readonly server?: string },
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
export function apiServerOf({ kubeconfig }: Pick<RunningSandbox, "kubeconfig">): string {
  const text = readFileSync(kubeconfig, "utf8");
  return (/server: (?<server>\S+)/u.exec(text)?.groups?.["server"] ?? "").replaceAll('"', "");
}
