import { textAt, type KubeObject, type OwnerReference } from "@isthmus/k8s";

/** What a person calls the owner of some pods. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
}

/** Enough for the pods and sets of a large cluster over hours; the oldest names go first. */
const MAX_NAMES = 50_000;

const OWNING_KINDS: ReadonlySet<string> = new Set(["ReplicaSet", "StatefulSet", "DaemonSet", "Job"]);

/**
 * Owners of pods by the names that flows use: a pod's name, or the prefix from which it was generated. Names outlive
 * their objects, since a flow is reported up to a minute after its pod is gone.
 */
export class WorkloadIndex {
  readonly #byName = new Map<string, Workload>();
  /** Owner of a set: what stands above it in the chain. */
  readonly #above = new Map<string, Workload>();

  /** Learns from a pod or from a set that makes pods. */
  learn(object: KubeObject): void {
    const namespace = object.metadata.namespace ?? "";
    if (object.kind === "Pod") this.#learnPod(namespace, object);
    else if (OWNING_KINDS.has(object.kind)) this.#learnSet(namespace, object);
  }

  /** The owner of the pods of that name, or of the prefix before a `*`. */
  workloadOf(namespace: string, name: string): Workload | undefined {
    return this.#byName.get(`${namespace}/${name.replace(/\*$/u, "")}`);
  }

  #learnPod(namespace: string, pod: KubeObject): void {
    const owner = controllerOf(pod);
    const workload = this.#topOf(namespace, pod, owner);
    remember(this.#byName, `${namespace}/${pod.metadata.name}`, workload);
    const prefix = pod.metadata.generateName;
    if (prefix !== undefined && owner !== undefined) remember(this.#byName, `${namespace}/${prefix}`, workload);
  }

  #learnSet(namespace: string, set: KubeObject): void {
    const owner = controllerOf(set);
    const self = { kind: set.kind, name: set.metadata.name };
    const workload = owner === undefined ? self : { kind: owner.kind, name: owner.name };
    remember(this.#above, `${namespace}/${self.kind}/${self.name}`, workload);
    remember(this.#byName, `${namespace}/${self.name}-`, workload);
  }

  #topOf(namespace: string, pod: KubeObject, owner: OwnerReference | undefined): Workload {
    // A static pod is owned by its node, which nobody deployed.
    if (owner === undefined || owner.kind === "Node") return { kind: "Pod", name: pod.metadata.name };
    const above = this.#above.get(`${namespace}/${owner.kind}/${owner.name}`);
    return above ?? deploymentByHash(pod, owner) ?? { kind: owner.kind, name: owner.name };
  }
}

function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** A pod seen before its replica set: a deployment names its sets after itself and the template's hash. */
function deploymentByHash(pod: KubeObject, owner: OwnerReference): Workload | undefined {
  const hash = textAt(pod, "metadata", "labels", "pod-template-hash");
  const suffix = `-${hash}`;
  if (owner.kind !== "ReplicaSet" || hash === "" || !owner.name.endsWith(suffix)) return undefined;
  return { kind: "Deployment", name: owner.name.slice(0, -suffix.length) };
}

function remember(names: Map<string, Workload>, name: string, workload: Workload): void {
  const known = names.get(name);
  if (known?.kind === workload.kind && known.name === workload.name) return;
  names.delete(name);
  names.set(name, workload);
  for (const oldest of names.keys()) {
    if (names.size <= MAX_NAMES) break;
    names.delete(oldest);
  }
}
