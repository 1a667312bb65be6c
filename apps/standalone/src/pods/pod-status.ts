import type { Pod } from "./pod-types";

/** What a container runtime knows of the one container it runs. */
export interface ContainerObservation {
  readonly running: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  readonly startedAt: string;
  /** Why it is not running, for a person. */
  readonly reason?: string;
}

/** The status that a kubelet would report (Kubernetes API, PodStatus), as a merge patch. */
export function podStatusPatch(pod: Pod, observed: ContainerObservation): object {
  const condition = (type: string, status: boolean) => ({
    type,
    status: status ? "True" : "False",
    lastTransitionTime: observed.startedAt,
  });
  const state = observed.running
    ? { running: { startedAt: observed.startedAt } }
    : { waiting: { reason: "CrashLoopBackOff", message: observed.reason ?? "" } };
  return {
    status: {
      phase: "Running",
      startTime: observed.startedAt,
      conditions: [
        condition("PodScheduled", true),
        condition("Initialized", true),
        condition("ContainersReady", observed.ready),
        condition("Ready", observed.ready),
      ],
      containerStatuses: pod.spec.containers.map(({ name, image }) => ({
        name,
        image,
        imageID: image,
        ready: observed.ready,
        started: observed.running,
        restartCount: observed.restarts,
        state,
      })),
    },
  };
}
