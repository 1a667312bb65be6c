import { canonicalizeObject, contentHash } from "../json/canonical";
import type { JsonObject } from "../json/json";
import { MANAGED_LABEL } from "./names";
import type { Placed } from "./place";
import { netOf, type CandidateSet } from "./candidate-sets";
import { stagePosition } from "./order-plan";
import type { MeshTier, PlannedResource, ResourceOrigin } from "./types";

const CALICO = "projectcalico.org/v3";

/** An object of the plan before it has its place and hash. */
export interface Draft {
  readonly manifest: JsonObject;
  readonly origin: ResourceOrigin;
}

/** A tier that is ours. */
export function tierDraft({ name, order, defaultAction }: MeshTier): Draft {
  return {
    manifest: {
      apiVersion: CALICO,
      kind: "Tier",
      metadata: { name, labels: { [MANAGED_LABEL]: "true" } },
      spec: { ...(order !== undefined && { order }), defaultAction },
    },
    origin: { kind: "tier", tier: name },
  };
}

/** A published set. */
export function setDraft({ name, labels, addresses, identity, shard }: CandidateSet): Draft {
  return {
    manifest: {
      apiVersion: CALICO,
      kind: "GlobalNetworkSet",
      metadata: { name, labels },
      spec: { nets: addresses.map(netOf) },
    },
    origin: { kind: "identity", shard, ...identity },
  };
}

/** A placed policy. */
export function policyDraft({ manifest, readable }: Placed): Draft {
  const { policyId, revisionId, applicationId } = readable.source;
  return { manifest, origin: { kind: "policy", policyId, revisionId, applicationId } };
}

/** Gives a draft its place and content hash. */
export function plan(draft: Draft): PlannedResource {
  const manifest = canonicalizeObject(draft.manifest);
  const metadata = manifest["metadata"] as JsonObject;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const kind = text(manifest["kind"]);
  return {
    ref: {
      apiVersion: CALICO,
      kind,
      namespace: text(metadata["namespace"]),
      name: text(metadata["name"]),
    },
    manifest,
    hash: contentHash(manifest),
    position: stagePosition(kind),
    origin: draft.origin,
  };
}
