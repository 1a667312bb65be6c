import type { KubeObject } from "@isthmus/k8s";
import { driftOf, driftText } from "./drift";
import { hashOn, isLabelledOurs, isMadeFor } from "./ownership";

/**
 * Why a resource is looked at. `apply`: somebody asked for this revision, so what others changed is set right.
 * `check`: nothing new was asked, so what others changed is reported and left.
 */
export type Occasion = "apply" | "check";

/** A resource that is to exist. */
export interface WantedResource {
  readonly manifest: KubeObject;
  /** SHA-256 of the manifest in hex. */
  readonly hash: string;
  /** UID of the object that we created; empty: none on record. */
  readonly knownUid: string;
  /** Isthmus's id of the cluster. */
  readonly clusterId: string;
  readonly occasion: Occasion;
}

/** A resource that is to be gone. */
export interface UnwantedResource {
  readonly knownUid: string;
  readonly clusterId: string;
}

/** What to do next about one resource. Writes carry what must still hold when they arrive. */
export type Decision =
  | { readonly kind: "create" }
  | { readonly kind: "update"; readonly observed: KubeObject; readonly uid: string }
  | { readonly kind: "delete"; readonly uid: string }
  | { readonly kind: "wait"; readonly message: string }
  | { readonly kind: "applied"; readonly uid: string; readonly resourceVersion: string }
  | { readonly kind: "drifted"; readonly uid: string; readonly message: string }
  | { readonly kind: "not-ours"; readonly uid: string; readonly message: string }
  | { readonly kind: "removed" };

/** Decides about a resource that is to exist, by what the cluster has under its name. */
export function decideWanted(wanted: WantedResource, observed: KubeObject | undefined): Decision {
  if (observed === undefined) {
    if (wanted.knownUid === "" || wanted.occasion === "apply") return { kind: "create" };
    return { kind: "drifted", uid: "", message: "somebody else removed it" };
  }
  const uid = observed.metadata.uid ?? "";
  const stranger = strangerBecause(wanted, observed, uid);
  if (stranger !== undefined) return { kind: "not-ours", uid, message: stranger };
  if (observed.metadata.deletionTimestamp !== undefined) {
    return { kind: "wait", message: "an object of this name is still being deleted" };
  }
  const drift = driftOf(wanted.manifest, observed);
  const applied = drift.length === 0 && hashOn(observed) === wanted.hash;
  if (applied) return { kind: "applied", uid, resourceVersion: observed.metadata.resourceVersion ?? "" };
  if (wanted.occasion === "check" && hashOn(observed) === wanted.hash) {
    return { kind: "drifted", uid, message: `somebody else changed ${driftText(drift)}` };
  }
  return { kind: "update", observed, uid };
}

/** Decides about a resource that is to be gone; what is not ours stays, and so does what we have no record of. */
export function decideUnwanted({ knownUid, clusterId }: UnwantedResource, observed: KubeObject | undefined): Decision {
  if (observed === undefined) return { kind: "removed" };
  const uid = observed.metadata.uid ?? "";
  // The object that we made is gone; this one is another's.
  if (knownUid !== "" && uid !== knownUid) return { kind: "removed" };
  if (!isLabelledOurs(observed)) return { kind: "not-ours", uid, message: withoutLabel };
  if (knownUid === "" && !isMadeFor(observed, clusterId)) {
    return { kind: "not-ours", uid, message: "no record that Isthmus made it: left alone" };
  }
  if (observed.metadata.deletionTimestamp !== undefined) {
    return { kind: "wait", message: "it is being deleted; a finalizer holds it" };
  }
  return { kind: "delete", uid };
}

const withoutLabel =
  "an object of this name exists and does not carry isthmus.io/managed: it is left alone; rename one of the two";

/** Why an object is not ours to write, or undefined where it is. */
function strangerBecause(wanted: WantedResource, observed: KubeObject, uid: string): string | undefined {
  if (wanted.knownUid !== "" && uid !== wanted.knownUid) {
    return `an object of this name exists with UID ${uid}, where Isthmus made ${wanted.knownUid}: it is left alone`;
  }
  if (!isLabelledOurs(observed)) {
    return withoutLabel;
  }
  if (wanted.knownUid !== "") return undefined;
  // Created by us in the moment before a crash, and not yet on record: it says for which cluster it was made, or, by an
  // older agent, exactly what we would have created. Meanwhile something else may be wanted of it.
  const ours =
    isMadeFor(observed, wanted.clusterId) ||
    (hashOn(observed) === wanted.hash && driftOf(wanted.manifest, observed).length === 0);
  return ours ? undefined : "an object of this name carries our label, but there is no record that Isthmus made it";
}
