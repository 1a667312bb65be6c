import type { Connectivity } from "../connectivity/connectivity";
import { judgeConnection, type ConnectionEnd } from "../evaluate/connection";
import { policyHits, type EndpointVerdict, type JudgedVerdict, type TraceStep } from "../evaluate/trace";
import type { World } from "../evaluate/world";
import { describePolicyHit, describeStep } from "../explain/describe-hit";
import { protocolHasPorts, protocolName } from "../model/protocol";
import { formatAddress } from "../net/address";
import type { ConnectionPoint } from "../sets/connection-set";
import type { ProofDecision, ProofDoubt, ProofParty, ProofWitness } from "./types";

/** A connection between two parties. */
export interface Meeting {
  readonly source: ProofParty;
  readonly destination: ProofParty;
  readonly connection: ConnectionPoint;
}

type Mesh = Pick<Connectivity, "worlds" | "view">;

function connectionEnd({ worlds }: Mesh, { endpoint, address }: ProofParty): ConnectionEnd {
  const has = (world: World) => [...world.endpoints, ...world.hostEndpoints].some((other) => other === endpoint);
  const world = endpoint && worlds.find(has);
  return endpoint && world ? { kind: "endpoint", world, endpoint, address } : { kind: "address", address };
}

const judgedBy = (verdict: EndpointVerdict, { view }: Mesh): JudgedVerdict =>
  view === "pending" ? verdict.pending : verdict;

const undecidedSteps = (trace: readonly TraceStep[]): readonly TraceStep[] =>
  trace.filter(({ kind }) => kind === "unknown");

/** What decides without being a policy or profile. */
const OTHERS: ReadonlySet<TraceStep["kind"]> = new Set([
  "own-node",
  "endpoint-to-host",
  "failsafe",
  "hook-left-open",
  "unknown",
]);

function decisionOf({ trace }: JudgedVerdict): ProofDecision {
  const hits = policyHits(trace);
  const others = trace.filter(({ kind }) => OTHERS.has(kind));
  return { hits, sentences: [...hits.map(describePolicyHit), ...others.map(describeStep)] };
}

/** An end of a connection as people name it. */
export function nameParty({ endpoint, address }: ProofParty): string {
  if (!endpoint) return formatAddress(address);
  const name = endpoint.namespace === "" ? endpoint.name : `${endpoint.namespace}/${endpoint.name}`;
  return `${endpoint.cluster === "" ? "" : `${endpoint.cluster}:`}${name} (${formatAddress(address)})`;
}

/** A connection as people name it. */
export function nameConnection({ protocol, destinationPort, sourcePort, icmp }: ConnectionPoint): string {
  const name = protocolName(protocol);
  if (icmp) return `${name} type ${icmp.type} code ${icmp.code}`;
  if (!protocolHasPorts(protocol)) return /^\d+$/.test(name) ? `protocol ${name}` : name;
  return `${name} port ${destinationPort} from port ${sourcePort}`;
}

const DONE = { allow: "may reach", deny: "may not reach", unknown: "may or may not reach" } as const;

/** Has the plain judge decide a connection. */
export function witnessOf(mesh: Mesh, { source, destination, connection }: Meeting): ProofWitness {
  const verdict = judgeConnection({
    ...connection,
    source: connectionEnd(mesh, source),
    destination: connectionEnd(mesh, destination),
  });
  const { egress, ingress } = verdict;
  const said = mesh.view === "pending" ? verdict.pending : verdict.verdict;
  return {
    source,
    destination,
    connection,
    verdict,
    ...(egress && { egress: decisionOf(judgedBy(egress, mesh)) }),
    ...(ingress && { ingress: decisionOf(judgedBy(ingress, mesh)) }),
    sentence: `${nameParty(source)} ${DONE[said]} ${nameParty(destination)} on ${nameConnection(connection)}`,
  };
}

/** A connection on which nothing is decided, with the reasons of the ends that do not decide. */
export function doubtOf(mesh: Mesh, meeting: Meeting): ProofDoubt {
  const witness = witnessOf(mesh, meeting);
  const ends = [witness.verdict.egress, witness.verdict.ingress].flatMap((end) => (end ? [judgedBy(end, mesh)] : []));
  const reasons = ends.filter((end) => end.verdict === "unknown").flatMap(({ trace }) => undecidedSteps(trace));
  const reason = reasons.map(describeStep).join("; ");
  return { ...witness, reason: reason === "" ? "connections like it are not all decided by what is known" : reason };
}
