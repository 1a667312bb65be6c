import type { Policy } from "../model/policy";
import { onlyField } from "./cluster-policy-field";
import { MAX_ENTRIES } from "./cluster-policy-port";
import { readClusterRule, readPods } from "./cluster-policy-rule";
import { readNamespaceSelector, readPodSelector } from "./label-selector";
import { PLAIN_NAME, readMetadata } from "./metadata";
import {
  complain,
  field,
  isPresent,
  readInteger,
  readList,
  readObject,
  readWord,
  unknownFieldsSince,
  type Reader,
} from "./reader";

const MAX_PRIORITY = 1000;

/** Calico's tiers for those of the API (libcalico-go conversion, clusterNetworkPolicyTier). */
const TIERS = { Admin: "kube-admin", Baseline: "kube-baseline" } as const;

function readSubject(reader: Reader): Pick<Policy, "selector" | "namespaceSelector"> {
  if (!isPresent(reader)) {
    complain(reader, { code: "missing-field", message: "the policy has no subject" });
    return {};
  }
  readObject(reader, ["namespaces", "pods"]);
  switch (onlyField(reader, ["namespaces", "pods"])) {
    case "namespaces":
      return {
        selector: readPodSelector({ ...field(reader, "pods"), value: undefined }),
        namespaceSelector: readNamespaceSelector(field(reader, "namespaces")),
      };
    case "pods":
      return readPods(field(reader, "pods"));
    case undefined:
      return {};
  }
}

function readTier(reader: Reader): string {
  if (!isPresent(reader))
    complain(reader, { code: "missing-field", message: "the policy has no tier", hint: "write Admin or Baseline" });
  return TIERS[readWord(reader, ["Admin", "Baseline"]) ?? "Admin"];
}

function readPriority(reader: Reader): number {
  if (!isPresent(reader)) complain(reader, { code: "missing-field", message: "the policy has no priority" });
  return readInteger(reader, { min: 0, max: MAX_PRIORITY }) ?? 0;
}

/**
 * Reads a ClusterNetworkPolicy of `policy.networking.k8s.io/v1alpha2` into the global policy that Calico makes of it
 * (libcalico-go conversion, K8sClusterNetworkPolicyToCalico): its priority is the order, and it judges only directions
 * for which rules are left.
 */
export function readClusterPolicy(root: Reader): Policy {
  const metadata = readMetadata(root, PLAIN_NAME);
  const spec = field(root, "spec");
  if (!isPresent(spec)) complain(spec, { code: "missing-field", message: "the policy has no spec" });
  readObject(spec, ["tier", "priority", "subject", "ingress", "egress"]);
  const subject = readSubject(field(spec, "subject"));
  const unknown = unknownFieldsSince(root, 0);
  const ingress = readList(field(spec, "ingress"), MAX_ENTRIES).flatMap((at) => readClusterRule(at, "ingress"));
  const egress = readList(field(spec, "egress"), MAX_ENTRIES).flatMap((at) => readClusterRule(at, "egress"));
  return {
    resource: "policy",
    kind: "ClusterNetworkPolicy",
    ...metadata,
    name: metadata.ref.name,
    namespace: "",
    tier: readTier(field(spec, "tier")),
    order: readPriority(field(spec, "priority")),
    ...subject,
    types: [...(ingress.length > 0 ? (["ingress"] as const) : []), ...(egress.length > 0 ? (["egress"] as const) : [])],
    ingress,
    egress,
    doNotTrack: false,
    preDnat: false,
    applyOnForward: false,
    unknown,
  };
}
