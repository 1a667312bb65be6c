import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { invariant } from "@isthmus/std";
import type { PidFile } from "../supervise/pid-file";
import { superviseProcess, type SupervisedProcess } from "../supervise/supervised-process";
import { AGENT_NODE_FLAGS } from "./agent-node-flags";
import { containerArgs, containerEnv } from "./container-command";
import { serviceAccountKubeconfig, type ClusterAccess } from "./kubeconfig";
import type { KubernetesApi } from "./kubernetes-api";
import { podStatusPatch } from "./pod-status";
import type { Pod } from "./pod-types";
import { materialiseVolumes } from "./volumes";

/** What pods are run with. */
export interface PodRuntime {
  readonly cluster: string;
  readonly access: ClusterAccess;
  readonly api: KubernetesApi;
  readonly folder: string;
  readonly logs: string;
  readonly pids: PidFile;
  readonly inheritedEnv: Readonly<Record<string, string>>;
  /** The bundle that stands for the pod's image. */
  readonly bundle: string;
  /** Arguments by which a process that runs outside of the pod network finds its way into it. */
  readonly networkArgs: (pod: Pod) => readonly string[];
}

/** A pod that runs as a process of this host. */
export interface PodProcess {
  /** Ends the process; its volumes go with the pod when `deleted`. */
  stop(deleted: boolean): Promise<void>;
}

const TOKEN_SECONDS = 24 * 3600;
const REFRESH_MS = 2_000;

/** Starts the pod's container as a supervised process and reports its status until it is stopped. */
export async function startPodProcess(runtime: PodRuntime, pod: Pod): Promise<PodProcess> {
  const container = pod.spec.containers[0];
  invariant(container !== undefined, "a pod has at least one container");
  const folder = join(runtime.folder, runtime.cluster, pod.metadata.uid);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const volumes = await materialiseVolumes(runtime.api, pod, folder);
  const kubeconfig = await writeServiceAccount(runtime, pod, folder);
  const ports = new Map<number, number>();
  for (const { containerPort } of container.ports ?? []) ports.set(containerPort, await freePort());
  let restarts = 0;
  let startedAt = new Date().toISOString();
  const readyPort = ports.values().next().value;
  const readyUrl = `http://127.0.0.1:${readyPort}${container.readinessProbe?.httpGet?.path ?? "/readyz"}`;
  const process = superviseProcess(
    {
      name: `agent ${runtime.cluster}`,
      args: [
        ...AGENT_NODE_FLAGS,
        runtime.bundle,
        ...containerArgs(pod, container, { volumes, ports }),
        ...runtime.networkArgs(pod),
      ],
      env: { ...runtime.inheritedEnv, ...containerEnv(pod, container), KUBECONFIG: kubeconfig },
      readyUrl,
      logFile: join(runtime.logs, `agent-${runtime.cluster}.log`),
      onRestart: (_, count) => {
        restarts = count;
        startedAt = new Date().toISOString();
      },
    },
    runtime.pids,
  );
  const stopReporting = reportStatus(runtime, pod, async () => ({
    running: process.pid() !== undefined,
    ready: await isReady(readyUrl),
    restarts,
    startedAt,
  }));
  const stopRenewing = renewToken(runtime, pod, folder);
  return {
    async stop(deleted) {
      await stopPod({ process, folder, stopAll: [stopReporting, stopRenewing], deleted });
      if (deleted) await confirmGone(runtime, pod);
    },
  };
}

async function stopPod(running: {
  readonly process: SupervisedProcess;
  readonly folder: string;
  readonly stopAll: readonly (() => void)[];
  readonly deleted: boolean;
}): Promise<void> {
  for (const stop of running.stopAll) stop();
  await running.process.stop();
  if (running.deleted) rmSync(running.folder, { recursive: true, force: true });
}

/** A kubelet removes the object once its containers have ended; one that is gone already needs nothing. */
async function confirmGone({ api }: PodRuntime, { metadata: { namespace, name, uid } }: Pod): Promise<void> {
  const options = { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0, preconditions: { uid } };
  await api.send("DELETE", `/api/v1/namespaces/${namespace}/pods/${name}`, options).catch(() => undefined);
}

/** Asks for a token of the pod's service account (TokenRequest) and writes it with a kubeconfig; returns its path. */
async function writeServiceAccount(runtime: PodRuntime, pod: Pod, folder: string): Promise<string> {
  const tokenFile = join(folder, "token");
  await writeToken(runtime, pod, tokenFile);
  const path = join(folder, "kubeconfig");
  writeFileSync(path, serviceAccountKubeconfig(runtime.access, tokenFile, pod.metadata.namespace), { mode: 0o600 });
  return path;
}

async function writeToken({ api }: PodRuntime, pod: Pod, tokenFile: string): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? "default";
  const granted = await api.send<{ status: { token: string } }>(
    "POST",
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: TOKEN_SECONDS, boundObjectRef: { kind: "Pod", apiVersion: "v1", name, uid } },
    },
  );
  writeFileSync(tokenFile, granted.status.token, { mode: 0o600 });
}

/** A kubelet renews a projected token when 80 % of its life is over. */
function renewToken(runtime: PodRuntime, pod: Pod, folder: string): () => void {
  const renew = () => void writeToken(runtime, pod, join(folder, "token")).catch(() => undefined);
  const timer = setInterval(renew, TOKEN_SECONDS * 800);
  return () => clearInterval(timer);
}

/** Patches the pod's status whenever what was observed changes. */
function reportStatus(
  { api }: PodRuntime,
  pod: Pod,
  observe: () => Promise<Parameters<typeof podStatusPatch>[1]>,
): () => void {
  let reported = "";
  const report = async () => {
    const observed = await observe();
    const text = JSON.stringify(observed);
    if (text === reported) return;
    const { namespace, name } = pod.metadata;
    await api.send("PATCH", `/api/v1/namespaces/${namespace}/pods/${name}/status`, podStatusPatch(pod, observed));
    reported = text;
  };
  // A failed report (API server restarting) is tried again at the next tick.
  const timer = setInterval(() => void report().catch(() => undefined), REFRESH_MS);
  return () => clearInterval(timer);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
