import {
  FilterType,
  MatchType,
  PolicyKind,
  Reporter,
  type Filter,
  type PolicyMatch,
  type StringMatch,
} from "@isthmus/goldmane-api";
import type { FlowHit, FlowIdentity } from "./flow";

/** Whether a flow passes a filter: values of one field are alternatives, fields are all required. */
export function passes(filter: Filter | undefined, identity: FlowIdentity): boolean {
  if (filter === undefined) return true;
  return (
    matchesAny(filter.sourceNames, identity.sourceName) &&
    matchesAny(filter.sourceNamespaces, identity.sourceNamespace) &&
    matchesAny(filter.destNames, identity.destName) &&
    matchesAny(filter.destNamespaces, identity.destNamespace) &&
    matchesAny(filter.protocols, identity.proto) &&
    (filter.destPorts.length === 0 || filter.destPorts.some(({ port }) => Number(port) === identity.destPort)) &&
    (filter.actions.length === 0 || filter.actions.includes(identity.action)) &&
    (filter.pendingActions.length === 0 || includesPending(filter, identity)) &&
    (filter.policies.length === 0 || filter.policies.some((match) => matchesPolicy(match, identity))) &&
    (filter.reporter === Reporter.ReporterUnspecified || filter.reporter === identity.reporter)
  );
}

function includesPending(filter: Filter, identity: FlowIdentity): boolean {
  const action = identity.pending.at(-1)?.action;
  return action !== undefined && filter.pendingActions.includes(action);
}

function matchesAny(matches: readonly StringMatch[], value: string): boolean {
  return matches.length === 0 || matches.some((match) => matchesText(match, value));
}

/** Whether a text is, or contains, what is asked for. */
export function matchesText(match: StringMatch, value: string): boolean {
  if (match.type === MatchType.Fuzzy) return value.toLowerCase().includes(match.value.toLowerCase());
  return match.value === value;
}

function matchesPolicy(match: PolicyMatch, identity: FlowIdentity): boolean {
  return [...identity.enforced, ...identity.pending].some((hit) => {
    const policy = hit.trigger ?? hit;
    return (
      (match.kind === PolicyKind.KindUnspecified || match.kind === hit.kind || match.kind === policy.kind) &&
      (match.tier === undefined || matchesText(match.tier, policy.tier)) &&
      (match.namespace === undefined || matchesText(match.namespace, policy.namespace)) &&
      (match.name === undefined || matchesText(match.name, policy.name)) &&
      (match.action === 0 || match.action === hit.action)
    );
  });
}

/** The values of one field of a flow that a filter could name; undefined for a field that is not known. */
export function hintsOf(type: FilterType, identity: FlowIdentity): readonly string[] | undefined {
  const policies = (read: (hit: FlowHit) => string): readonly string[] =>
    [...identity.enforced, ...identity.pending].map((hit) => read(hit.trigger ?? hit)).filter((value) => value !== "");
  switch (type) {
    case FilterType.FilterTypeDestName:
      return [identity.destName];
    case FilterType.FilterTypeSourceName:
      return [identity.sourceName];
    case FilterType.FilterTypeDestNamespace:
      return [identity.destNamespace];
    case FilterType.FilterTypeSourceNamespace:
      return [identity.sourceNamespace];
    case FilterType.FilterTypePolicyTier:
      return policies((hit) => hit.tier);
    case FilterType.FilterTypePolicyName:
      return policies((hit) => hit.name);
    case FilterType.FilterTypePolicyKind:
      return policies((hit) => PolicyKind[hit.kind]);
    case FilterType.FilterTypePolicyNamespace:
      return policies((hit) => hit.namespace);
    default:
      return undefined;
  }
}
