import { CALICO_CRD, CALICO_KINDS, isRecord, type KubeObject } from "@isthmus/k8s";

/** Where Calico keeps the metadata of an object of its storage, as its own API server would show it. */
const METADATA = "projectcalico.org/metadata";
const DEFAULT_TIER = "default.";
/** Policies that lie in a tier: those of `default` are stored under its name. */
const TIERED: ReadonlySet<string> = new Set(
  [
    CALICO_KINDS.networkPolicies,
    CALICO_KINDS.globalNetworkPolicies,
    CALICO_KINDS.stagedNetworkPolicies,
    CALICO_KINDS.stagedGlobalNetworkPolicies,
  ].map(({ kind }) => kind),
);

/**
 * An object of Calico's storage under the name, the labels and the annotations that `projectcalico.org/v3` would show
 * (libcalico-go, lib/backend/k8s/resources and lib/names): by these people and flows know it. Others stay as they are.
 */
export function asServed(object: KubeObject): KubeObject {
  if (object.apiVersion !== CALICO_CRD) return object;
  const kept = keptMetadata(object);
  const { labels, annotations } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      name: servedName(object, kept["name"]),
      ...merged("labels", labels, kept["labels"]),
      ...merged("annotations", annotations, kept["annotations"]),
    },
  };
}

function servedName({ kind, metadata: { name } }: KubeObject, kept: unknown): string {
  if (!TIERED.has(kind) || !name.startsWith(DEFAULT_TIER)) return name;
  const bare = name.slice(DEFAULT_TIER.length);
  // The tier may be in a policy's own name as well: then Calico has noted that.
  return kept === name ? name : bare;
}

function merged(field: "labels" | "annotations", own: unknown, kept: unknown): Partial<KubeObject["metadata"]> {
  const all = { ...texts(own), ...texts(kept) };
  return Object.keys(all).length === 0 ? {} : { [field]: all };
}

const texts = (value: unknown): Readonly<Record<string, string>> =>
  isRecord(value)
    ? Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
      )
    : {};

function keptMetadata({ metadata }: KubeObject): Readonly<Record<string, unknown>> {
  try {
    const kept: unknown = JSON.parse(metadata.annotations?.[METADATA] ?? "{}");
    return isRecord(kept) ? kept : {};
  } catch {
    return {};
  }
}
