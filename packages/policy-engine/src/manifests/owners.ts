import { manifestHead } from "../json/manifest-ref";
import { isRecord, type ClusterObject } from "./manifest";
import { roleOf } from "./kinds";

/** What a pod belongs to, as people name it. */
export interface WorkloadName {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
}

/** A workload as `namespace/name[Kind]`. */
export const formatWorkload = ({ namespace, name, kind }: WorkloadName): string => `${namespace}/${name}[${kind}]`;

const ownerKey = (namespace: string, kind: string, name: string): string => `${namespace}/${kind}/${name}`;

interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly apiVersion: string;
}

/** The owner that controls an object; the only one where none says that it does. */
function controllerOf(json: Readonly<Record<string, unknown>>): Owner | undefined {
  const metadata = json["metadata"];
  const references = isRecord(metadata) ? metadata["ownerReferences"] : undefined;
  if (!Array.isArray(references)) return undefined;
  const owners = (references as readonly unknown[]).filter(isRecord);
  const controller = owners.find((owner) => owner["controller"] === true) ?? owners[0];
  if (!controller) return undefined;
  const { kind, apiVersion } = manifestHead(controller).ref;
  const name = typeof controller["name"] === "string" ? controller["name"] : "";
  return name === "" ? undefined : { kind, name, apiVersion };
}

/** Who owns whom among the objects of a cluster. */
export interface Owners {
  /** The workload that an object is shown as: its owner, and the owner's as far as their manifests are here. */
  readonly workloadOf: (object: ClusterObject<unknown>) => WorkloadName;
  /** Whether pods, or another workload, stand for this workload already. */
  readonly standsFor: (object: ClusterObject<unknown>) => boolean;
}

const isWorkload = ({ ref }: ClusterObject<unknown>): boolean => roleOf(ref) === "workload";

/** Indexes the owner references of a cluster's objects. Nodes own static pods, and are no workloads. */
export function ownersOf(objects: readonly ClusterObject<unknown>[]): Owners {
  const workloads = new Map(
    objects.filter(isWorkload).map((o) => [ownerKey(o.ref.namespace, o.ref.kind, o.ref.name), o] as const),
  );
  const workloadOf = (object: ClusterObject<unknown>, depth = 0): WorkloadName => {
    const { namespace, kind, name } = object.ref;
    const owner = controllerOf(object.json);
    // Owner references form chains of three at the most; a circle is somebody's mistake.
    if (!owner || owner.kind === "Node" || depth > 4) return { namespace, name, kind };
    const known = workloads.get(ownerKey(namespace, owner.kind, owner.name));
    return known ? workloadOf(known, depth + 1) : { namespace, name: owner.name, kind: owner.kind };
  };
  const hasPods = new Set(
    objects
      .filter(({ ref }) => roleOf(ref) === "pod")
      .map((pod) => workloadOf(pod))
      .map(({ namespace, kind, name }) => ownerKey(namespace, kind, name)),
  );
  return {
    workloadOf: (object) => workloadOf(object),
    standsFor: (object) => {
      const { namespace, kind, name } = workloadOf(object);
      const itself = kind === object.ref.kind && name === object.ref.name;
      return (
        hasPods.has(ownerKey(namespace, kind, name)) || (!itself && workloads.has(ownerKey(namespace, kind, name)))
      );
    },
  };
}
