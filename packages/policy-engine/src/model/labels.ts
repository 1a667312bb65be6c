import type { LabelMap } from "../selector/evaluate";
import type { Labels } from "./resource";

/** Calico's label for the namespace of an endpoint or network set. */
export const NAMESPACE_LABEL = "projectcalico.org/namespace";

/** Calico's label for the service account of a pod. */
export const SERVICE_ACCOUNT_LABEL = "projectcalico.org/serviceaccount";

/** Calico's label for what made an endpoint: `k8s` for pods. */
export const ORCHESTRATOR_LABEL = "projectcalico.org/orchestrator";

/** Prefixes under which endpoints inherit the labels of their namespace and service account. */
export const NAMESPACE_PREFIX = "pcns.";
export const SERVICE_ACCOUNT_PREFIX = "pcsa.";

/** Names of service accounts that are as long as this are no label (Calico, libcalico-go workload_endpoint_default.go). */
const MAX_LABEL_LENGTH = 63;

/** The label that namespaces and service accounts have under their prefix for their own name. */
const NAME_LABEL = "projectcalico.org/name";

/** What a pod's labels are made of. */
export interface PodIdentity {
  readonly namespace: string;
  readonly labels: Labels;
  readonly namespaceLabels: Labels;
  /** Empty for a pod without one. */
  readonly serviceAccount: string;
  /**
   * Undefined where the cluster holds no such account: then there is no profile to inherit from, and its name goes with
   * it (Calico, felix labelindex, DeleteParentLabels).
   */
  readonly serviceAccountLabels: Labels | undefined;
}

function inherit(
  target: Map<string, string>,
  prefix: string,
  from: { readonly name: string; readonly labels: Labels },
): void {
  for (const [key, value] of Object.entries(from.labels)) target.set(prefix + key, value);
  target.set(prefix + NAME_LABEL, from.name);
}

/**
 * The labels that Calico's selectors see on a pod: its own, Calico's, and those of its namespace and service account
 * under their prefixes. An own label hides an inherited one of the same name, as in Felix.
 */
export function podLabels(pod: PodIdentity): LabelMap {
  const labels = new Map<string, string>();
  inherit(labels, NAMESPACE_PREFIX, { name: pod.namespace, labels: pod.namespaceLabels });
  if (pod.serviceAccount !== "" && pod.serviceAccountLabels) {
    inherit(labels, SERVICE_ACCOUNT_PREFIX, { name: pod.serviceAccount, labels: pod.serviceAccountLabels });
  }
  for (const [key, value] of Object.entries(pod.labels)) labels.set(key, value);
  labels.set(NAMESPACE_LABEL, pod.namespace);
  labels.set(ORCHESTRATOR_LABEL, "k8s");
  if (pod.serviceAccount !== "" && pod.serviceAccount.length < MAX_LABEL_LENGTH) {
    labels.set(SERVICE_ACCOUNT_LABEL, pod.serviceAccount);
  }
  return labels;
}

/** The labels that selectors see on a network set; `namespace` is undefined for a GlobalNetworkSet. */
export function networkSetLabels(
  labels: Labels,
  namespace: { readonly name: string; readonly labels: Labels } | undefined,
): LabelMap {
  const seen = new Map<string, string>();
  if (namespace) inherit(seen, NAMESPACE_PREFIX, namespace);
  for (const [key, value] of Object.entries(labels)) seen.set(key, value);
  if (namespace) seen.set(NAMESPACE_LABEL, namespace.name);
  return seen;
}
