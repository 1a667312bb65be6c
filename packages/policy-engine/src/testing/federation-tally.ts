import type { EndpointVerdict, TraceStep } from "../evaluate/trace";
import type { ClusterPlan, MeshCluster, MeshInput } from "../federation/types";
import type { Direction, EntityRule, Policy, Rule } from "../model/policy";
import { isManaged } from "./mesh-reference";

/** How often what could go wrong was in play, so that the property cannot pass for want of cases. */
export type Tally = Map<string, number>;

/** Counts something. */
export const count = (tally: Tally, what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);

const selects = ({ selector, namespaceSelector, serviceAccounts }: EntityRule): boolean =>
  selector !== undefined || namespaceSelector !== undefined || serviceAccounts !== undefined;

const isNamed = ({ ports }: EntityRule): boolean => ports.some(({ kind }) => kind === "named");

function constructsOf(rule: Rule, direction: Direction): readonly string[] {
  const far = direction === "ingress" ? rule.source : rule.destination;
  const has: readonly (readonly [string, boolean])[] = [
    ["source and destination selectors in one rule", selects(rule.source) && selects(rule.destination)],
    ["notSelector alone", far.notSelector !== undefined && !selects(far)],
    ["notSelector beside a selector", far.notSelector !== undefined && selects(far)],
    ["service accounts", far.serviceAccounts !== undefined],
    ["namespaceSelector", far.namespaceSelector !== undefined],
    ["services", far.services !== undefined],
    ["nets and a selector", far.nets.length > 0 && selects(far)],
    ["port names", isNamed(rule.destination)],
  ];
  return has.flatMap(([name, is]) => (is ? [name] : []));
}

/** Finds the rule that a step of a trace of the reference speaks of. */
export type FindPolicy = (step: Extract<TraceStep, { kind: "rule" }>["policy"]) => Policy | undefined;

/** Counts what a verdict of the reference came about by; `remote`: the peer is a published endpoint. */
export function countVerdict(
  tally: Tally,
  meant: EndpointVerdict,
  { findPolicy, remote }: { readonly findPolicy: FindPolicy; readonly remote: boolean },
): void {
  count(tally, `verdict ${meant.verdict}`);
  if (meant.pending.verdict !== meant.verdict) count(tally, "pending verdict differs");
  for (const step of meant.pending.trace) if (step.kind === "rule" && step.staged) count(tally, "staged rule");
  for (const step of meant.trace) {
    if (step.kind !== "rule") {
      count(tally, step.kind === "end-of-tier" ? `end of tier ${step.action}` : step.kind);
      continue;
    }
    count(tally, `rule ${step.action}`);
    const policy = findPolicy(step.policy);
    const rule = policy?.[meant.direction][step.ruleIndex];
    if (!rule || !isManaged(policy)) continue;
    if (remote) count(tally, `remote peer, ${policy?.namespace === "" ? "global" : "namespaced"} policy`);
    for (const what of constructsOf(rule, meant.direction)) count(tally, `${remote ? "remote" : "local"}: ${what}`);
  }
}

/** Counts what a plan has to do with. */
export function countPlan(
  tally: Tally,
  input: MeshInput,
  { cluster, plan }: { cluster: MeshCluster; plan: ClusterPlan },
): void {
  for (const { code, severity } of plan.problems) count(tally, `${code} ${severity}`);
  const text = JSON.stringify(plan.resources);
  if (plan.publishedSets.length > 0) count(tally, "published sets");
  if (text.includes("!has(isthmus.io/managed)")) count(tally, "sets kept out");
  const notSelectors = text.match(/"notSelector":"(?:[^"\\]|\\.)*"/g) ?? [];
  if (notSelectors.some((each) => each.includes("isthmus.io/peer-"))) count(tally, "notSelector over the mesh");
  for (const { addresses, labels } of cluster.pods) {
    const families = new Set(addresses.map((address) => address.includes(":")));
    if (families.size === 2) count(tally, "dual-stack endpoint");
    if (addresses.length > families.size) count(tally, "endpoint with several addresses of a family");
    if ("isthmus.io/managed" in labels) count(tally, "pod that carries our label");
  }
  for (const { manifest, clusterIds } of input.policies) {
    const { stagedAction } = (manifest as { spec: { stagedAction?: string } }).spec;
    if (stagedAction && clusterIds.includes(cluster.id)) count(tally, `stagedAction ${stagedAction}`);
  }
}
