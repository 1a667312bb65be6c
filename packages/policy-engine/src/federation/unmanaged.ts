import { parseResource } from "../decode/parse-resource";
import { formatPath, type FieldPath } from "../diagnostic";
import { manifestHead, refName } from "../json/manifest-ref";
import { entityMatch } from "../model/effective-selector";
import type { EntityRule, Policy, Rule } from "../model/policy";
import type { ResourceRef } from "../model/resource";
import { cidrContains, type IpAddress } from "../net/address";
import { compileSelector, type LabelMap, type SelectorMatcher } from "../selector/evaluate";
import { compareBytes } from "../text/order";
import { farEnd } from "./compile-rule";
import { MANAGED_LABEL } from "./names";
import { failure } from "./problem";
import type { MeshProblem } from "./types";

/** A peer of a rule that is not ours, and whether a set would match it. */
export interface UnmanagedPeer {
  readonly ref: ResourceRef;
  readonly path: FieldPath;
  /** Whether only a pending verdict is at stake. */
  readonly staged: boolean;
  /** Whether a set with these labels and addresses would match the peer, so that the rule could judge otherwise. */
  readonly wouldMatch: (labels: LabelMap, addresses: readonly IpAddress[]) => boolean;
}

/** The policies of a cluster that are not ours. */
export interface UnmanagedPolicies {
  readonly peers: readonly UnmanagedPeer[];
  /** Policies that could not be read: nothing can be said about what a set would do to them. */
  readonly problems: readonly MeshProblem[];
}

function touches(entity: EntityRule, addresses: readonly IpAddress[]): boolean {
  return entity.nets.length === 0 || addresses.some((a) => entity.nets.some((net) => cidrContains(net, a)));
}

function matcherOf(entity: EntityRule, namespace: string): SelectorMatcher | undefined {
  const { selector, notSelector } = entityMatch(entity, namespace);
  const asked = selector ?? notSelector;
  return asked && compileSelector(asked);
}

function peersOfRule(policy: Policy, rule: Rule, path: FieldPath): readonly UnmanagedPeer[] {
  const direction = path[1] === "ingress" ? "ingress" : "egress";
  const hostPolicy = policy.doNotTrack || policy.preDnat || (policy.namespace === "" && policy.applyOnForward);
  const ends = hostPolicy ? (["source", "destination"] as const) : [farEnd(direction)];
  const staged = policy.stagedAction !== undefined;
  return ends.flatMap((end) => {
    const matches = matcherOf(rule[end], policy.namespace);
    if (!matches) return [];
    const wouldMatch = (labels: LabelMap, addresses: readonly IpAddress[]) =>
      touches(rule[end], addresses) && matches(labels);
    return [{ ref: policy.ref, path: [...path, end], staged, wouldMatch }];
  });
}

const understood = (policy: Policy): boolean =>
  policy.unknown.length === 0 && [...policy.ingress, ...policy.egress].every((rule) => rule.unknown.length === 0);

function unreadable(ref: ResourceRef, why: string): MeshProblem {
  return failure({
    code: "unknown-unmanaged-policy",
    message: `${refName(ref)} cannot be judged (${why}), so nothing is published here: a published set could change what it does`,
    ref,
  });
}

const isForeign = ({ manifest }: { readonly manifest: unknown }): boolean =>
  manifestHead(manifest).labels[MANAGED_LABEL] !== "true";

/** Reads the policies of a cluster that are not ours; what carries our label is passed over. */
export function readUnmanaged(manifests: readonly unknown[]): UnmanagedPolicies {
  const peers: UnmanagedPeer[] = [];
  const problems: MeshProblem[] = [];
  const named = manifests.map((manifest) => ({ manifest, name: refName(manifestHead(manifest).ref) }));
  for (const { manifest } of named.filter(isForeign).sort((a, b) => compareBytes(a.name, b.name))) {
    const parsed = parseResource(manifest, "cluster");
    if (!parsed.ok) {
      const [first] = parsed.error.filter((d) => d.severity === "error");
      problems.push(
        unreadable(
          manifestHead(manifest).ref,
          first ? `${formatPath(first.path)}: ${first.message}` : "it is not valid",
        ),
      );
      continue;
    }
    const { resource } = parsed.value;
    if (resource.resource !== "policy") continue;
    if (resource.stagedAction !== undefined && resource.stagedAction !== "Set") continue;
    if (!understood(resource)) problems.push(unreadable(resource.ref, "it has fields that are not known here"));
    for (const direction of resource.types) {
      for (const [index, rule] of resource[direction].entries()) {
        peers.push(...peersOfRule(resource, rule, ["spec", direction, index]));
      }
    }
  }
  return { peers, problems };
}
