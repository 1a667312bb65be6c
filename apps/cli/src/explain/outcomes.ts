import {
  judgeConnection,
  type Connection,
  type ConnectionVerdict,
  type EndpointVerdict,
  type HttpRequest,
  type Verdict,
} from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";
import { usageError, type Finding } from "../report/finding";
import type { AskedEnd } from "./end";
import type { Traffic } from "./port";

/** A source and a destination. */
export interface Pair {
  readonly source: AskedEnd;
  readonly destination: AskedEnd;
}

/** What becomes of all pairs that fare alike, for the same reasons. */
export interface Outcome {
  readonly verdict: ConnectionVerdict;
  readonly pairs: readonly [Pair, ...Pair[]];
}

/** More pairs than this are not judged one by one. */
const MAX_PAIRS = 100_000;

function pairsOf(sources: readonly AskedEnd[], destinations: readonly AskedEnd[]): readonly Pair[] {
  const all = sources.flatMap((source) =>
    destinations
      .filter((destination) => source.end.address.version === destination.end.address.version)
      .map((destination) => ({ source, destination })),
  );
  // What an endpoint says to itself does not leave it; it is asked about only where nothing else is.
  const between = all.filter(({ source: { end: a }, destination: { end: b } }) => {
    return a.kind !== "endpoint" || b.kind !== "endpoint" || a.endpoint !== b.endpoint;
  });
  return between.length > 0 ? between : all;
}

type Question = Omit<Connection, "source" | "destination">;

function portOf({ end }: AskedEnd, traffic: Extract<Traffic, { kind: "named-port" }>): number | undefined {
  const ports = end.kind === "endpoint" ? end.endpoint.ports : [];
  return ports.find(({ name, protocol }) => name === traffic.name && protocol === traffic.protocol)?.port;
}

/** What is asked about besides who connects to whom. */
export interface AskedTraffic {
  readonly traffic: Traffic;
  readonly http?: HttpRequest;
}

/** The traffic as this destination gets it; undefined where it has no port of that name. */
function questionFor(destination: AskedEnd, traffic: Traffic): Question | undefined {
  const { kind, protocol } = traffic;
  if (kind === "port") return { protocol, destinationPort: traffic.port };
  if (kind === "icmp") return { protocol, ...(traffic.icmp && { icmp: traffic.icmp }) };
  if (kind === "protocol") return { protocol };
  const destinationPort = portOf(destination, traffic);
  return destinationPort === undefined ? undefined : { protocol, destinationPort };
}

const endKey = (verdict: EndpointVerdict | undefined) => verdict ?? null;

const keyOf = ({ egress, ingress, transit }: ConnectionVerdict, { source, destination }: Pair): string =>
  JSON.stringify([source.name, destination.name, endKey(egress), endKey(ingress), transit.map(({ trace }) => trace)]);

function noPort(traffic: Extract<Traffic, { kind: "named-port" }>, destinations: readonly AskedEnd[]): Finding {
  const names = destinations.flatMap(({ end }) =>
    end.kind === "endpoint" ? end.endpoint.ports.map((p) => p.name) : [],
  );
  const known = [...new Set(names)].join(", ");
  return usageError({
    code: "no-port",
    message: `the destination has no port named \`${traffic.name}\``,
    hint: known === "" ? "write its number" : `its ports are ${known}`,
  });
}

/** Judges traffic between all sources and destinations, and puts together what fares alike. */
export function judgeAll(
  sources: readonly AskedEnd[],
  destinations: readonly AskedEnd[],
  { traffic, http }: AskedTraffic,
): Result<readonly Outcome[], Finding> {
  const pairs = pairsOf(sources, destinations);
  if (pairs.length === 0) {
    const hint = "name an address of the version that the other end has";
    return err(usageError({ code: "no-common-version", message: "the ends have no version of IP in common", hint }));
  }
  if (pairs.length > MAX_PAIRS) {
    const message = `these ends make ${pairs.length} pairs of addresses, more than ${MAX_PAIRS}`;
    return err(usageError({ code: "too-many-pairs", message, hint: "name single pods, or a narrower range" }));
  }
  const groups = new Map<string, { verdict: ConnectionVerdict; pairs: [Pair, ...Pair[]] }>();
  for (const pair of pairs) {
    const question = questionFor(pair.destination, traffic);
    if (!question) continue;
    const ends = { source: pair.source.end, destination: pair.destination.end };
    const verdict = judgeConnection({ ...question, ...ends, ...(http && { http }) });
    const key = keyOf(verdict, pair);
    const known = groups.get(key);
    if (known) known.pairs.push(pair);
    else groups.set(key, { verdict, pairs: [pair] });
  }
  if (groups.size === 0 && traffic.kind === "named-port") return err(noPort(traffic, destinations));
  return ok([...groups.values()]);
}

/** The verdict over all pairs: allowed where all are. */
export function overall(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("deny")) return "deny";
  return verdicts.includes("unknown") ? "unknown" : "allow";
}
