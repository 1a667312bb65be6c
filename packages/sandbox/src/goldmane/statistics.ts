import {
  Action,
  create,
  PolicyKind,
  Reporter,
  RuleDirection,
  StatisticsGroupBy,
  StatisticsResultSchema,
  StatisticType,
  type PolicyMatch,
  type StatisticsRequest,
  type StatisticsResult,
} from "@isthmus/goldmane-api";
import type { Bucket } from "./bucket-ring";
import { matchesText } from "./filter";
import type { Flow, FlowHit } from "./flow";

/** What is summed together: a policy, or one of its rules in one direction. */
interface Group {
  readonly kind: PolicyKind;
  readonly tier: string;
  readonly namespace: string;
  readonly name: string;
  readonly action: Action;
  readonly ruleIndex: number;
  readonly direction: RuleDirection;
}

interface Sums {
  allowedIn: number;
  allowedOut: number;
  deniedIn: number;
  deniedOut: number;
  passedIn: number;
  passedOut: number;
}

const columns = ["allowedIn", "allowedOut", "deniedIn", "deniedOut", "passedIn", "passedOut"] as const;
const noSums = (): Sums => ({ allowedIn: 0, allowedOut: 0, deniedIn: 0, deniedOut: 0, passedIn: 0, passedOut: 0 });

/**
 * Sums of buckets by policy or by rule, as Goldmane's `Statistics` answers them: a flow counts once for each rule that
 * its enforced or pending trace names; the end of a tier counts for the policy that brought it about; what is named
 * as a rule's index is the policy's place in the trace; a match by action finds nothing, since a policy has none.
 * Without a series of times each column has one sum, with it one for each bucket in which the group was hit.
 */
export function statisticsOf(buckets: readonly Bucket[], request: StatisticsRequest): readonly StatisticsResult[] {
  const results = new Map<string, StatisticsResult>();
  for (const bucket of buckets) {
    for (const [key, { group, sums }] of sumsOf(bucket, request)) {
      const known = results.get(key) ?? emptyResult(group, request);
      results.set(key, known);
      for (const column of columns) {
        if (request.timeSeries) known[column].push(BigInt(sums[column]));
        else known[column] = [(known[column][0] ?? 0n) + BigInt(sums[column])];
      }
      if (request.timeSeries) known.x.push(BigInt(bucket.start));
    }
  }
  return [...results].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result);
}

function sumsOf({ flows }: Bucket, request: StatisticsRequest) {
  const found = new Map<string, { readonly group: Group; readonly sums: Sums }>();
  for (const { flow } of flows) {
    for (const rule of rulesOf(flow)) {
      if (!matches(request.policyMatch, rule)) continue;
      const group = request.groupBy === StatisticsGroupBy.PolicyRule ? rule : policyOf(rule);
      const key = keyOf(group);
      const known = found.get(key) ?? { group, sums: noSums() };
      found.set(key, known);
      add(known.sums, { flow, action: rule.action, type: request.type });
    }
  }
  return found;
}

/** The rules that a flow met, each once. */
function rulesOf({ identity }: Flow): readonly Group[] {
  const direction = identity.reporter === Reporter.Src ? RuleDirection.Egress : RuleDirection.Ingress;
  const rules = [...identity.enforced, ...identity.pending].map((hit): Group => {
    const { kind, tier, namespace, name, policyIndex } = named(hit);
    return { kind, tier, namespace, name, action: hit.action, ruleIndex: policyIndex, direction };
  });
  return [...new Map(rules.map((rule) => [keyOf(rule), rule])).values()];
}

const named = (hit: FlowHit): FlowHit => (hit.kind === PolicyKind.EndOfTier ? (hit.trigger ?? hit) : hit);

const policyOf = (rule: Group): Group => ({
  ...rule,
  action: Action.ActionUnspecified,
  ruleIndex: 0,
  direction: RuleDirection.Any,
});

const keyOf = ({ tier, kind, namespace, name, ruleIndex, action, direction }: Group): string =>
  JSON.stringify([tier, PolicyKind[kind], namespace, name, ruleIndex, Action[action], direction]);

function matches(match: PolicyMatch | undefined, { kind, tier, namespace, name }: Group): boolean {
  if (match === undefined) return true;
  return (
    match.action === Action.ActionUnspecified &&
    (match.kind === PolicyKind.KindUnspecified || match.kind === kind) &&
    (match.tier === undefined || match.tier.value === "" || matchesText(match.tier, tier)) &&
    (match.namespace === undefined || match.namespace.value === "" || matchesText(match.namespace, namespace)) &&
    (match.name === undefined || match.name.value === "" || matchesText(match.name, name))
  );
}

interface Counted {
  readonly flow: Flow;
  readonly action: Action;
  readonly type: StatisticType;
}

const prefixes = { [Action.Allow]: "allowed", [Action.Deny]: "denied", [Action.Pass]: "passed" } as const;

function add(sums: Sums, { flow, action, type }: Counted): void {
  if (action === Action.ActionUnspecified) return;
  const [into, out] = countersOf(flow, type);
  sums[`${prefixes[action]}In`] += into;
  sums[`${prefixes[action]}Out`] += out;
}

/** Live connections are counted on the side of the end that reported them. */
function countersOf({ counters, identity }: Flow, type: StatisticType): readonly [number, number] {
  if (type === StatisticType.PacketCount) return [counters.packetsIn, counters.packetsOut];
  if (type === StatisticType.ByteCount) return [counters.bytesIn, counters.bytesOut];
  return identity.reporter === Reporter.Src ? [0, counters.live] : [counters.live, 0];
}

function emptyResult(group: Group, { type, groupBy }: StatisticsRequest): StatisticsResult {
  const { direction, ruleIndex, ...policy } = group;
  const hit = { ...policy, ruleIndex: BigInt(ruleIndex) };
  return create(StatisticsResultSchema, { policy: hit, direction, type, groupBy });
}
