import {
  describePolicy,
  describeRule,
  originOf,
  type Direction,
  type Policy,
  type TracePolicy,
  type TraceStep,
} from "@isthmus/policy-engine";
import { placeOf } from "../files/position";
import type { Place } from "../files/source";
import type { LoadedCluster } from "../mesh/load-mesh";

/** What a step of a trace speaks of, as it was written. */
export interface Written {
  readonly place: Place;
  /** Whom the policy applies to. */
  readonly applies: string;
  /** What the rule says. */
  readonly rule?: string;
}

const key = ({ kind, namespace, name }: TracePolicy): string => JSON.stringify([kind, namespace, name]);

/** Every selector of a Kubernetes policy begins with this, and everybody knows that it is about pods. */
const withoutOrchestrator = (text: string): string =>
  text
    .replaceAll('projectcalico.org/orchestrator is "k8s" and ', "")
    .replaceAll('endpoints where projectcalico.org/orchestrator is "k8s"', "pods");

/** Finds the manifests of a cluster's policies. */
export class PolicyPlaces {
  readonly #policies: ReadonlyMap<string, Policy>;
  readonly #cluster: LoadedCluster;

  constructor(cluster: LoadedCluster) {
    this.#cluster = cluster;
    const policies = cluster.judged.tiers.flatMap((tier) => tier.policies);
    this.#policies = new Map(policies.map((policy) => [key(policy), policy]));
  }

  /** Where the policy or rule of a step is written; undefined for steps that speak of none. */
  writtenFor(step: TraceStep, direction: Direction): Written | undefined {
    if (!("policy" in step) || !step.policy || step.kind === "policy-passed-over") return undefined;
    const policy = this.#policies.get(key(step.policy));
    const ref = policy?.ref;
    const object =
      ref &&
      this.#cluster.policies.find(
        ({ ref: each }) =>
          each.apiVersion === ref.apiVersion &&
          each.kind === ref.kind &&
          each.namespace === ref.namespace &&
          each.name === ref.name,
      );
    if (!policy || !object) return undefined;
    const index = "ruleIndex" in step ? step.ruleIndex : undefined;
    const rule = index === undefined ? undefined : policy[direction][index];
    const path = index === undefined ? ["metadata", "name"] : ((rule && originOf(rule)) ?? ["spec", direction, index]);
    return {
      place: placeOf(object.origin, path),
      applies: withoutOrchestrator(describePolicy(policy)),
      ...(rule && { rule: withoutOrchestrator(describeRule(rule, { direction, namespace: policy.namespace })) }),
    };
  }
}
