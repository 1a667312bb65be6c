import { expect } from "vitest";
import type { Endpoint } from "../evaluate/endpoint";
import { judgeEndpoint } from "../evaluate/judge";
import type { Packet } from "../evaluate/packet";
import type { EndpointVerdict, TraceStep } from "../evaluate/trace";
import type { World } from "../evaluate/world";
import type { Direction, EntityRule, Policy, Rule } from "../model/policy";
import { formatAddress, type IpAddress } from "../net/address";
import type { EndId } from "../resolve/flow-ends";
import { FlowJudge } from "../resolve/flow-judge";
import type { PolicyIndex } from "../resolve/policy-index";
import { count, DIRECTIONS, endpointsOf, packetsAt, type Counts } from "./resolve-property";

const isUsed = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);

const fieldsOf = (side: string, entity: EntityRule): readonly string[] =>
  Object.entries(entity).flatMap(([key, value]) => (isUsed(value) ? [`${side}.${key}`] : []));

/** What a rule asks, by name: so that every construct can be counted where it decided. */
function constructsOf({ source, destination, annotations, ...rest }: Rule): readonly string[] {
  void annotations;
  const named = [...source.ports, ...destination.ports, ...source.notPorts, ...destination.notPorts].some(
    (port) => port.kind === "named",
  );
  return [
    ...Object.entries(rest).flatMap(([key, value]) => (isUsed(value) ? [key] : [])),
    ...fieldsOf("source", source),
    ...fieldsOf("destination", destination),
    ...(named ? ["named port"] : []),
  ];
}

interface Tally {
  readonly policies: readonly Policy[];
  readonly direction: Direction;
  readonly counts: Counts;
}

function countStep(step: TraceStep, { policies, direction, counts }: Tally): void {
  const what = "action" in step ? `${step.kind} ${step.action}` : step.kind;
  count(counts, step.kind === "tier-skipped" ? `${what} ${step.why}` : what);
  if (step.kind === "rule" && step.staged) count(counts, "staged");
  if (step.kind !== "rule" && step.kind !== "unknown") return;
  const policy = policies.find(
    ({ kind, namespace, name, tier }) =>
      kind === step.policy?.kind &&
      namespace === step.policy.namespace &&
      name === step.policy.name &&
      tier === step.tier,
  );
  const rule = step.ruleIndex === undefined ? undefined : policy?.[direction][step.ruleIndex];
  for (const construct of rule ? constructsOf(rule) : []) count(counts, construct);
}

/** An end for every address that packets name: of an endpoint where one holds it, and of the address alone. */
function endsOf(judge: FlowJudge, endpoints: readonly Endpoint[]): (address: IpAddress) => EndId {
  const known = new Map<string, EndId>();
  for (const endpoint of endpoints) {
    for (const [at, address] of endpoint.addresses.entries()) {
      const end = judge.endOf(endpoint, at);
      if (end !== undefined && !known.has(formatAddress(address))) known.set(formatAddress(address), end);
    }
  }
  return (address) => {
    const text = formatAddress(address);
    const end = known.get(text) ?? judge.endOfAddress(address);
    known.set(text, end);
    return end;
  };
}

/** A judge with the ends that it was asked for so far. */
export interface Asked {
  readonly judge: FlowJudge;
  readonly endOf: (address: IpAddress) => EndId;
}

/** Makes a judge of an index ready to be compared with the plain judge. */
export function asked(index: PolicyIndex, judge: FlowJudge = new FlowJudge(index)): Asked {
  return { judge, endOf: endsOf(judge, [...index.endpoints()]) };
}

interface Case {
  readonly endpoint: Endpoint;
  readonly direction: Direction;
  readonly packet: Packet;
}

function judgeFast(
  { judge, endOf }: Asked,
  { endpoint, direction, packet }: Case,
): Partial<EndpointVerdict> | undefined {
  const { source, destination, ...header } = packet;
  const local = direction === "egress" ? source : destination;
  const at = endpoint.addresses.findIndex(({ version, value }) => version === local.version && value === local.value);
  const own = judge.endOf(endpoint, at);
  if (own === undefined) return undefined;
  const flow =
    direction === "egress"
      ? { ...header, source: own, destination: endOf(destination) }
      : { ...header, source: endOf(source), destination: own };
  const trace = judge.trace(flow, direction);
  // Without trace it is another path.
  expect(judge.verdictAt(flow, { direction, view: "enforced" })).toBe(trace?.verdict);
  expect(judge.verdictAt(flow, { direction, view: "pending" })).toBe(trace?.pending.verdict);
  return trace;
}

/** Some of many, spread evenly, from a place that differs from time to time. */
const some = <T>(all: readonly T[], most: number, from: number): readonly T[] => {
  const step = Math.ceil(all.length / most);
  return all.filter((_, i) => i % step === from % step);
};

/** A few verdicts of an index that was changed are those of the plain judge on the same state built from scratch. */
export function expectSomeVerdicts(ready: Asked, world: World, { own, from }: Changed): void {
  for (const endpoint of endpointsOf(world)) {
    for (const direction of DIRECTIONS) {
      for (const packet of some(packetsAt(world, endpoint, direction), 6, from)) {
        const plain = judgeEndpoint(world, { endpoint, direction, packet });
        expect(judgeFast(ready, { endpoint: own(endpoint), direction, packet })).toEqual(plain);
      }
    }
  }
}

/** What stands for an endpoint of a world in the index, and where to begin among packets. */
export interface Changed {
  readonly own: (endpoint: Endpoint) => Endpoint;
  readonly from: number;
}

/** Verdict and trace of every packet at every endpoint are those of the plain judge. */
export function expectSameVerdicts(ready: Asked, world: World, counts: Counts): void {
  const policies = world.tiers.flatMap((tier) => tier.policies);
  for (const endpoint of endpointsOf(world)) {
    for (const direction of DIRECTIONS) {
      for (const packet of packetsAt(world, endpoint, direction)) {
        const plain = judgeEndpoint(world, { endpoint, direction, packet });
        expect(judgeFast(ready, { endpoint, direction, packet })).toEqual(plain);
        for (const step of plain.trace) countStep(step, { policies, direction, counts });
        if (plain.pending.trace !== plain.trace) {
          for (const step of plain.pending.trace) countStep(step, { policies, direction, counts });
          if (plain.pending.verdict !== plain.verdict) count(counts, "pending differs");
        }
      }
    }
  }
}
