import { isActive, isReady } from "../controllers/pods";
import { crash, isCrashLooping } from "../controllers/restarts";
import type { LifeScenario } from "../scenario-types";
import { between, pickOne } from "../traffic/random";
import type { KubeObject } from "../store/types";
import { happens, type LifeContext } from "./happening";

/** How long a container that will fail again runs until it does. */
const runsMs = { from: 1_000, to: 5_000 };

/** Lets pods crash, each as many times as is drawn for it; no more than `atMost` fail at a time. */
export function runCrashes(context: LifeContext, crashes: NonNullable<LifeScenario["crashes"]>): () => void {
  const { store, random, later } = context;
  /** Pods that fail, by their uid, with the crashes that are still to come once they have been started again. */
  const left = new Map<string, number>();
  const timers = new Set<() => void>();
  const fail = (pod: KubeObject, again: number) => {
    left.set(pod.metadata.uid, again);
    crash(context, pod);
  };
  const stopHappening = happens(context, crashes, () => {
    const pods = store.list("pods");
    const failing = pods.filter((pod) => left.has(pod.metadata.uid) || isCrashLooping(pod));
    if (failing.length >= crashes.atMost) return;
    const well = pods.filter((pod) => isActive(pod) && isReady(pod) && !context.isExternalPod(pod));
    const victim = pickOne(
      well.filter(({ metadata }) => !left.has(metadata.uid)),
      random,
    );
    if (victim) fail(victim, between(crashes.restarts.from, crashes.restarts.to, random) - 1);
  });
  const stopFollowing = store.subscribe("pods", ({ type, object, previous }) => {
    const { uid, namespace, name } = object.metadata;
    const again = left.get(uid);
    if (again === undefined) return;
    if (type === "DELETED") return void left.delete(uid);
    if (!previous || !isCrashLooping(previous) || isCrashLooping(object)) return;
    if (again === 0) return void left.delete(uid);
    const cancel = later(between(runsMs.from, runsMs.to, random), () => {
      timers.delete(cancel);
      const live = store.get({ resource: "pods", namespace, name });
      if (live?.metadata.uid === uid && isActive(live)) fail(live, again - 1);
    });
    timers.add(cancel);
  });
  return () => {
    stopHappening();
    stopFollowing();
    timers.forEach((cancel) => cancel());
  };
}
