import type { ControllerContext } from "../controllers/runtime";
import type { RemovePod } from "../controllers/pods";
import type { Rate } from "../scenario-types";
import type { Random } from "../traffic/random";
import type { KubeObject } from "../store/types";

/** What the events of a cluster's life work with. */
export interface LifeContext extends ControllerContext {
  readonly removePod: RemovePod;
  readonly isExternalPod: (pod: KubeObject) => boolean;
  readonly random: Random;
}

const minuteMs = 60_000;

/** Lets something happen again and again, on average as often as `rate` says, at moments drawn from the seed. */
export function happens({ later, random, onError }: LifeContext, { perMinute }: Rate, what: () => void): () => void {
  let cancel = () => {};
  const wait = () => {
    const delayMs = (-Math.log(1 - random()) * minuteMs) / perMinute;
    cancel = later(delayMs, () => {
      try {
        what();
      } catch (error) {
        onError(error);
      }
      wait();
    });
  };
  wait();
  return () => cancel();
}
