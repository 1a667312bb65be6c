import { setTimeout as sleep } from "node:timers/promises";
import { AGENT_IMAGE } from "../stack/processes";
import { startPodProcess, type PodProcess, type PodRuntime } from "./pod-process";
import type { Pod } from "./pod-types";

/** Runs a sandbox cluster's agent pods as processes of this host, as a node's container runtime would. */
export interface PodRunner {
  stop(): Promise<void>;
}

const RELIST_MS = 1_000;

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Pod[];
}

const isOurs = (pod: Pod): boolean =>
  pod.spec.containers[0]?.image === AGENT_IMAGE &&
  pod.spec.nodeName !== undefined &&
  pod.metadata.deletionTimestamp === undefined;

/** Watches the cluster's pods and keeps exactly those with the agent's image running. */
export function startPodRunner(runtime: PodRuntime, onError: (message: string) => void): PodRunner {
  const running = new Map<string, PodProcess>();
  const abort = new AbortController();
  let work = Promise.resolve();

  const settle = (wanted: readonly Pod[]) => {
    work = work
      .then(() => reconcile(wanted))
      .catch((error: unknown) => onError(`${runtime.cluster}: ${String(error)}`));
    return work;
  };

  async function reconcile(wanted: readonly Pod[]): Promise<void> {
    const uids = new Set(wanted.map((pod) => pod.metadata.uid));
    for (const [uid, process] of running) {
      if (uids.has(uid)) continue;
      running.delete(uid);
      await process.stop(true);
    }
    for (const pod of wanted) {
      if (!running.has(pod.metadata.uid)) running.set(pod.metadata.uid, await startPodProcess(runtime, pod));
    }
  }

  async function follow(): Promise<void> {
    while (!abort.signal.aborted) {
      await listAndWatch().catch(() => undefined);
      await sleep(RELIST_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  }

  async function listAndWatch(): Promise<void> {
    const list = await runtime.api.get<PodList>("/api/v1/pods");
    const pods = new Map(list.items.filter(isOurs).map((pod) => [pod.metadata.uid, pod]));
    await settle([...pods.values()]);
    const path = `/api/v1/pods?watch=1&resourceVersion=${list.metadata.resourceVersion}`;
    await runtime.api.watch(
      path,
      (raw) => {
        const { type, object } = raw as { type: string; object: Pod };
        if (type === "ERROR" || type === "BOOKMARK") return;
        const { uid } = object.metadata;
        const before = pods.has(uid);
        const now = type !== "DELETED" && isOurs(object);
        if (now) pods.set(uid, object);
        else pods.delete(uid);
        if (before !== now) void settle([...pods.values()]);
      },
      abort.signal,
    );
  }

  const followed = follow();
  return {
    async stop() {
      abort.abort();
      await followed;
      await work;
      await Promise.all([...running.values()].map((process) => process.stop(false)));
    },
  };
}
