import {
  Action,
  create,
  EndpointType,
  MatchType,
  PolicyKind,
  Reporter,
  StatisticsGroupBy,
  StatisticsRequestSchema,
  StatisticType,
} from "@isthmus/goldmane-api";
import { describe, expect, it } from "vitest";
import { keyOf, type Flow, type FlowHit, type FlowIdentity } from "./flow";
import { statisticsOf } from "./statistics";

const hit = (name: string, given: Partial<FlowHit> = {}): FlowHit => ({
  kind: PolicyKind.CalicoNetworkPolicy,
  namespace: "shop",
  name,
  tier: "default",
  action: Action.Allow,
  policyIndex: 0,
  ruleIndex: 3,
  ...given,
});

function flow(enforced: readonly FlowHit[], given: Partial<FlowIdentity> = {}): Flow {
  const identity: FlowIdentity = {
    sourceName: "web-*",
    sourceNamespace: "shop",
    sourceType: EndpointType.WorkloadEndpoint,
    destName: "api-*",
    destNamespace: "shop",
    destType: EndpointType.WorkloadEndpoint,
    destPort: 80,
    destServiceName: "-",
    destServiceNamespace: "-",
    destServicePortName: "-",
    destServicePort: 0,
    proto: "tcp",
    reporter: Reporter.Dst,
    action: Action.Allow,
    enforced,
    pending: [],
    ...given,
  };
  const counters = { packetsIn: 1, packetsOut: 2, bytesIn: 10, bytesOut: 20, started: 1, completed: 0, live: 7 };
  const labels = new Set<string>();
  return {
    identity,
    key: keyOf(identity),
    startTime: 0,
    endTime: 15,
    sourceLabels: labels,
    destLabels: labels,
    counters,
  };
}

const bucket = (start: number, ...flows: readonly Flow[]) => ({
  start,
  end: start + 15,
  flows: flows.map((each, id) => ({ id, flow: each })),
});

const asked = (request: object = {}) => create(StatisticsRequestSchema, request);

/** What differs between results, without zeros. */
const spell = (buckets: Parameters<typeof statisticsOf>[0], request: object = {}) =>
  statisticsOf(buckets, asked(request)).map(({ policy, direction, x, ...result }) => {
    const columns = ["allowedIn", "allowedOut", "deniedIn", "deniedOut", "passedIn", "passedOut"] as const;
    const sums = columns.flatMap((column) =>
      result[column].some((sum) => sum > 0n) ? `${column} ${result[column].join()}` : [],
    );
    return [policy?.name, direction, ...sums, ...(x.length > 0 ? [`at ${x.join()}`] : [])].join(" ");
  });

describe("statistics", () => {
  const end = hit("", { kind: PolicyKind.EndOfTier, action: Action.Deny, trigger: hit("b", { policyIndex: 1 }) });

  it("sum by policy over buckets, each column once", () => {
    expect(spell([bucket(0, flow([hit("a")]), flow([hit("a"), hit("b")])), bucket(15, flow([hit("a")]))])).toEqual([
      "a 0 allowedIn 3 allowedOut 6",
      "b 0 allowedIn 1 allowedOut 2",
    ]);
  });

  it("give a series with the start of each bucket in which a policy was hit", () => {
    const buckets = [bucket(0, flow([hit("a")])), bucket(15), bucket(30, flow([hit("a")]), flow([hit("b")]))];
    expect(spell(buckets, { timeSeries: true })).toEqual([
      "a 0 allowedIn 1,1 allowedOut 2,2 at 0,30",
      "b 0 allowedIn 1 allowedOut 2 at 30",
    ]);
  });

  it("count a flow once for a rule that both its traces name", () => {
    expect(spell([bucket(0, flow([hit("a")], { pending: [hit("a")] }))])).toEqual(["a 0 allowedIn 1 allowedOut 2"]);
    const both = flow([hit("a")], { pending: [hit("a", { action: Action.Deny })] });
    expect(spell([bucket(0, both)])).toEqual(["a 0 allowedIn 1 allowedOut 2 deniedIn 1 deniedOut 2"]);
  });

  it("put the end of a tier down to the policy that brought it about", () => {
    expect(spell([bucket(0, flow([end]))])).toEqual(["b 0 deniedIn 1 deniedOut 2"]);
  });

  it("part rules by action, place and direction", () => {
    const buckets = [bucket(0, flow([hit("a"), end]), flow([hit("a")], { reporter: Reporter.Src }))];
    const results = statisticsOf(buckets, asked({ groupBy: StatisticsGroupBy.PolicyRule }));
    expect(
      results.map(({ policy, direction }) => [policy?.name, policy?.action, policy?.ruleIndex, direction]),
    ).toEqual([
      ["a", Action.Allow, 0n, 1],
      ["a", Action.Allow, 0n, 2],
      ["b", Action.Deny, 1n, 1],
    ]);
  });

  it("count bytes, and live connections on the side that reported them", () => {
    const buckets = [bucket(0, flow([hit("a")]), flow([hit("b")], { reporter: Reporter.Src }))];
    expect(spell(buckets, { type: StatisticType.ByteCount })).toEqual([
      "a 0 allowedIn 10 allowedOut 20",
      "b 0 allowedIn 10 allowedOut 20",
    ]);
    expect(spell(buckets, { type: StatisticType.LiveConnectionCount })).toEqual([
      "a 0 allowedIn 7",
      "b 0 allowedOut 7",
    ]);
  });

  it.each([
    { name: "a name", policyMatch: { name: { value: "a", type: MatchType.Exact } }, found: ["a"] },
    {
      name: "a part of a name in another case",
      policyMatch: { name: { value: "B", type: MatchType.Fuzzy } },
      found: ["b"],
    },
    { name: "a kind that none has", policyMatch: { kind: PolicyKind.Profile }, found: [] },
    {
      name: "a tier and a namespace",
      policyMatch: { tier: { value: "default" }, namespace: { value: "shop" } },
      found: ["a", "b"],
    },
    { name: "another namespace", policyMatch: { namespace: { value: "stock" } }, found: [] },
    { name: "an action, which finds nothing", policyMatch: { action: Action.Allow }, found: [] },
  ])("leave what matches $name", ({ policyMatch, found }) => {
    const results = statisticsOf([bucket(0, flow([hit("a"), hit("b")]))], asked({ policyMatch }));
    expect(results.map(({ policy }) => policy?.name)).toEqual(found);
  });
});
