import type { KubeObject, ObjectStore } from "../store/types";
import { evaluate } from "./evaluate";
import { evaluateHost, type HostJudgement } from "./evaluate-host";
import { PROGRAMMED, takeInventory } from "./inventory";
import { lowerCalicoPolicy } from "./lower-calico-policy";
import { lowerClusterPolicy } from "./lower-cluster-policy";
import { lowerKubernetesPolicy } from "./lower-kubernetes-policy";
import type { Direction, Endpoint, Packet, Policy, Verdict } from "./model";
import { lowerProfile } from "./profiles";
import { buildProgram, type Program } from "./program";
import { NotProgrammable } from "./selector";

/** A policy or profile that this dataplane leaves out, as Felix leaves out what does not pass its validation. */
export interface NotProgrammed {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly reason: string;
}

/** What the dataplane needs of a cluster's objects. */
export type PolicyObjects = Pick<ObjectStore, "get" | "list" | "subscribe">;

/** The policy dataplane of one cluster: what its nodes' Felixes do together. */
export interface ClusterDataplane {
  /** The program in force: what the store holds now. */
  program(): Program;
  /** The verdict of one end about a packet; the endpoint must be one of the program. */
  judge(endpoint: Endpoint, direction: Direction, packet: Packet): Verdict;
  /** The verdict of a host endpoint of the program about a packet that comes in or goes out by it. */
  judgeHost(judgement: Omit<HostJudgement, "program">): Verdict;
  close(): void;
}

/** Follows `store`: a change takes effect on the next packet, when the program is built anew from what changed. */
export function createClusterDataplane(
  store: PolicyObjects,
  onNotProgrammed: (policy: NotProgrammed) => void,
): ClusterDataplane {
  let current: Program | undefined;
  const unsubscribe = PROGRAMMED.map((resource) => store.subscribe(resource, () => (current = undefined)));
  const lower = {
    policy: remembering(lowerPolicy, onNotProgrammed),
    profile: remembering(lowerProfile, onNotProgrammed),
  };
  const program = (): Program => (current ??= buildProgram(takeInventory(store, lower)));
  return {
    program,
    judge: (endpoint, direction, packet) => evaluate({ program: program(), endpoint, direction, packet }),
    judgeHost: (judgement) => evaluateHost({ ...judgement, program: program() }),
    close: () => unsubscribe.forEach((stop) => stop()),
  };
}

/** Lowers each object once, and tells once of what cannot be lowered. */
function remembering<T extends object>(
  lower: (object: KubeObject) => T | undefined,
  onNotProgrammed: (policy: NotProgrammed) => void,
): (object: KubeObject) => readonly T[] {
  const lowered = new WeakMap<KubeObject, readonly T[]>();
  return (object) => {
    const known = lowered.get(object);
    if (known !== undefined) return known;
    const made = tryLower(object, lower, onNotProgrammed);
    lowered.set(object, made);
    return made;
  };
}

function tryLower<T>(
  object: KubeObject,
  lower: (object: KubeObject) => T | undefined,
  onNotProgrammed: (policy: NotProgrammed) => void,
): readonly T[] {
  try {
    const made = lower(object);
    return made === undefined ? [] : [made];
  } catch (error) {
    if (!(error instanceof NotProgrammable)) throw error;
    const { name, namespace = "" } = object.metadata;
    onNotProgrammed({ kind: object.kind, namespace, name, reason: error.message });
    return [];
  }
}

function lowerPolicy(object: KubeObject): Policy | undefined {
  if (object.kind === "ClusterNetworkPolicy") return lowerClusterPolicy(object);
  const kubernetes =
    object.kind === "StagedKubernetesNetworkPolicy" || object.apiVersion.startsWith("networking.k8s.io/");
  return kubernetes ? lowerKubernetesPolicy(object) : lowerCalicoPolicy(object);
}
