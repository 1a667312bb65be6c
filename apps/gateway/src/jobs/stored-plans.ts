import { createHash } from "node:crypto";
import type { ClusterPlan } from "@isthmus/policy-engine";

/** Names a plan: equal digests, equal objects in equal places. */
export function planDigest(plan: ClusterPlan): string {
  const lines = plan.resources.map(
    ({ ref, hash, position, origin }) =>
      `${position} ${ref.apiVersion}|${ref.kind}|${ref.namespace}|${ref.name} ${hash} ${JSON.stringify(origin)}`,
  );
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

/** A plan with what names it. */
export interface NamedPlan {
  readonly plan: ClusterPlan;
  /** Of its objects. */
  readonly digest: string;
  /** Of its objects and of what is said of them: equal names, nothing to store. */
  readonly name: string;
}

/** What of an organisation is known to be stored. */
export interface StoredPlans {
  /** The plans that are not known to be stored as they are. */
  readonly differing: (plans: readonly ClusterPlan[]) => readonly NamedPlan[];
  /**
   * Notes what became of plans, once that is committed. One that has not reached what was compiled, since the cluster has
   * to apply a part first, is to be stored again.
   */
  readonly note: (outcomes: readonly { readonly of: NamedPlan; readonly finished: boolean }[]) => void;
}

function named(plan: ClusterPlan): NamedPlan {
  const digest = planDigest(plan);
  const problems = createHash("sha256").update(JSON.stringify(plan.problems)).digest("hex");
  // The published sets are named too: each is of an object of the plan, with its origin.
  return { plan, digest, name: `${digest} ${problems}` };
}

/** Starts with nothing known. */
export function createStoredPlans(): StoredPlans {
  const names = new Map<string, string>();
  return {
    differing: (plans) => plans.map(named).filter(({ plan, name }) => names.get(plan.clusterId) !== name),
    note: (outcomes) => {
      for (const { of, finished } of outcomes) {
        if (finished) names.set(of.plan.clusterId, of.name);
        else names.delete(of.plan.clusterId);
      }
    },
  };
}
