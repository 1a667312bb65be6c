import { parseResource } from "../decode/parse-resource";
import { formatPath, type FieldPath } from "../diagnostic";
import { contentHash } from "../json/canonical";
import type { JsonValue } from "../json/json";
import { manifestHead, refName } from "../json/manifest-ref";
import { entityMatch } from "../model/effective-selector";
import type { Direction, EntityRule, Policy, Profile, Rule } from "../model/policy";
import type { ResourceRef } from "../model/resource";
import { cidrContains, type IpAddress } from "../net/address";
import { compileSelector, type LabelMap, type SelectorMatcher } from "../selector/evaluate";
import { compareBytes } from "../text/order";
import { farEnd } from "./compile-rule";
import { failure, notice } from "./problem";
import type { AcceptedDifference, MeshCluster, MeshProblem } from "./types";

/** A policy or profile of the cluster's own. */
export interface UnmanagedSource {
  readonly ref: ResourceRef;
  /** Names what it says. */
  readonly fingerprint: string;
  /** Whether a person accepted that sets change what it does; `outdated`: what it did before it was changed. */
  readonly leave: "none" | "accepted" | "outdated";
}

/** A peer of a rule that is not ours, and whether a set would match it. */
export interface UnmanagedPeer {
  readonly source: UnmanagedSource;
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

/** Whether any of the addresses may be at this end of the rule, whoever holds it. */
function touches(rule: Rule, { nets, notNets }: EntityRule, addresses: readonly IpAddress[]): boolean {
  return addresses.some((address) => {
    if (rule.ipVersion !== undefined && rule.ipVersion !== address.version) return false;
    if (notNets.some((net) => cidrContains(net, address))) return false;
    return nets.length === 0 || nets.some((net) => cidrContains(net, address));
  });
}

function matcherOf(entity: EntityRule, namespace: string): SelectorMatcher | undefined {
  const { selector, notSelector } = entityMatch(entity, namespace);
  const asked = selector ?? notSelector;
  return asked && compileSelector(asked);
}

/** What rules stand in. */
interface Ruled {
  readonly source: UnmanagedSource;
  readonly namespace: string;
  readonly staged: boolean;
  /** Host endpoints may be judged for packets that they forward: either end may then be remote. */
  readonly forwarded: boolean;
}

function peersOfRule({ source, namespace, staged, forwarded }: Ruled, rule: Rule, path: FieldPath): UnmanagedPeer[] {
  // A Log rule decides nothing.
  if (rule.action === "Log") return [];
  const ends = forwarded
    ? (["source", "destination"] as const)
    : [farEnd(path[1] === "ingress" ? "ingress" : "egress")];
  return ends.flatMap((end) => {
    const matches = matcherOf(rule[end], namespace);
    if (!matches) return [];
    const wouldMatch = (labels: LabelMap, addresses: readonly IpAddress[]) =>
      touches(rule, rule[end], addresses) && matches(labels);
    return [{ source, path: [...path, end], staged, wouldMatch }];
  });
}

type Rules = Readonly<Record<Direction, readonly Rule[]>>;

const peersOfRules = (ruled: Ruled, rules: Rules, directions: readonly Direction[]): readonly UnmanagedPeer[] =>
  directions.flatMap((direction) =>
    rules[direction].flatMap((rule, index) => peersOfRule(ruled, rule, ["spec", direction, index])),
  );

function peersOf(resource: Policy | Profile, source: UnmanagedSource): readonly UnmanagedPeer[] {
  if (resource.resource === "profile") {
    const ruled = { source, namespace: "", staged: false, forwarded: true };
    return peersOfRules(ruled, resource, ["ingress", "egress"]);
  }
  const { namespace, stagedAction, doNotTrack, preDnat, applyOnForward } = resource;
  const forwarded = doNotTrack || preDnat || (namespace === "" && applyOnForward);
  return peersOfRules({ source, namespace, staged: stagedAction !== undefined, forwarded }, resource, resource.types);
}

function understood(resource: Policy | Profile): boolean {
  if (resource.resource === "policy" && resource.unknown.length > 0) return false;
  return [...resource.ingress, ...resource.egress].every((rule) => rule.unknown.length === 0);
}

function unreadable({ ref, fingerprint, leave }: UnmanagedSource, why: string): MeshProblem {
  const problem = { code: "unknown-unmanaged-policy" as const, ref, fingerprint };
  const name = refName(ref);
  if (leave === "accepted") {
    const message = `${name} cannot be judged (${why}), and sets are published here all the same: a person accepted that`;
    return notice({ ...problem, message });
  }
  const message = `${name} cannot be judged (${why}), so nothing is published here: a published set could change what it does`;
  return failure({ ...problem, message });
}

/** What decides what a policy does: not who wrote it when, nor what its status says. */
function fingerprintOf(manifest: unknown): string {
  const { ref } = manifestHead(manifest);
  const spec = (manifest as { readonly spec?: JsonValue } | null | undefined)?.spec ?? null;
  return contentHash({ ...ref, spec });
}

function sourceOf(manifest: unknown, accepted: readonly AcceptedDifference[]): UnmanagedSource {
  const { ref } = manifestHead(manifest);
  const fingerprint = fingerprintOf(manifest);
  const given = accepted.filter(({ ref: of }) => refName(of) === refName(ref) && of.apiVersion === ref.apiVersion);
  const holds = given.some((each) => each.fingerprint === fingerprint);
  return { ref, fingerprint, leave: holds ? "accepted" : given.length > 0 ? "outdated" : "none" };
}

/** Reads the policies of a cluster that are not ours, whatever labels they carry: a label is nobody's proof. */
export function readUnmanaged(cluster: MeshCluster, accepted: readonly AcceptedDifference[]): UnmanagedPolicies {
  const peers: UnmanagedPeer[] = [];
  const problems: MeshProblem[] = [];
  const given = accepted.filter(({ clusterId }) => clusterId === cluster.id);
  const foreign = cluster.unmanagedPolicies
    .map((manifest) => ({ manifest, head: manifestHead(manifest) }))
    .sort((a, b) => compareBytes(refName(a.head.ref), refName(b.head.ref)));
  for (const { manifest } of foreign) {
    const source = sourceOf(manifest, given);
    const parsed = parseResource(manifest, "cluster");
    if (!parsed.ok) {
      const [first] = parsed.error.filter((d) => d.severity === "error");
      const why = first ? `${formatPath(first.path)}: ${first.message}` : "it is not valid";
      problems.push(unreadable(source, why));
      continue;
    }
    const { resource } = parsed.value;
    if (resource.resource !== "policy" && resource.resource !== "profile") continue;
    // What is staged to be deleted has no say, not even a pending one.
    if (resource.resource === "policy" && resource.stagedAction === "Delete") continue;
    if (!understood(resource)) problems.push(unreadable(source, "it has fields that are not known here"));
    peers.push(...peersOf(resource, source));
  }
  return { peers, problems };
}
