import type { Endpoint } from "../evaluate/endpoint";
import { judgeEndpoint } from "../evaluate/judge";
import { judgeConnection, type ConnectionEnd } from "../evaluate/connection";
import type { HttpRequest, Packet } from "../evaluate/packet";
import type { EndpointVerdict, JudgedVerdict, Verdict } from "../evaluate/trace";
import type { Direction } from "../model/policy";
import type { IpAddress } from "../net/address";
import type { AddressClass } from "./addresses";
import { ASK, FlowEnds, NOBODY, PLACES, type EndId } from "./flow-ends";
import { FlowTraces } from "./flow-trace";
import type { PolicyIndex } from "./policy-index";
import { BLOCK } from "./term-rows";
import { LINE, REST, SAYS, type Telling } from "./program-pool";
import { DOES, type View } from "./rule-program";
import { answerAll, type Answer } from "./rule-test";

/** A flow between two ends that a `FlowJudge` knows by number. A port that is absent is not known. */
export interface KnownFlow {
  readonly source: EndId;
  readonly destination: EndId;
  /** IP protocol number. */
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
  /** The request that it carries, where application layer data were observed. */
  readonly http?: HttpRequest;
}

/** Which end is judged, and by what. */
export interface FlowOccasion {
  readonly direction: Direction;
  readonly view: View;
}

const NO_CLASS: AddressClass = {
  id: -1,
  key: "",
  held: { id: -1, key: "", holders: [], addressClasses: 0 },
  nets: { id: -1, key: "", version: 4, lists: new Set(), addressClasses: 0 },
  targets: [],
  members: 0,
};

const { ingress: INGRESS, egress: EGRESS } = PLACES;
const LOCAL = { ingress: "destination", egress: "source" } as const;

/**
 * Judges flows between known ends by programs that are compiled once for all endpoints which the same policies judge,
 * with what rules ask of addresses as bits of their classes. Says what `judgeEndpoint` says, trace and all; where a rule
 * is reached that bits and ports do not decide, it asks that judge. An index may change between two flows.
 */
export class FlowJudge {
  readonly #index: PolicyIndex;
  readonly #ends: FlowEnds;
  readonly #traces: FlowTraces;
  /** The flow at hand, in numbers; -1 is not known. */
  readonly #header = { protocol: 0, sourcePort: -1, destinationPort: -1, icmpType: -1, icmpCode: -1 };
  /** What heads say to its protocol and port. */
  #says: Uint8Array = new Uint8Array(0);
  /** The classes of its addresses, set where a test asks for them. */
  readonly #classes: { source: AddressClass; destination: AddressClass } = { source: NO_CLASS, destination: NO_CLASS };
  /** The slots of its ends. */
  #source = 0;
  #destination = 0;

  constructor(index: PolicyIndex) {
    this.#index = index;
    this.#ends = new FlowEnds(index);
    this.#traces = new FlowTraces(index);
  }

  /** The number of an endpoint with its address at a place, the first unless another is named; undefined where it has none. */
  endOf(endpoint: Endpoint, at = 0): EndId | undefined {
    return this.#ends.endOf(endpoint, at);
  }

  /** A number for an address alone: whoever holds it is not judged, and is a peer like any other. */
  endOfAddress(address: IpAddress): EndId {
    return this.#ends.endOfAddress(address);
  }

  /** What the policies in force, or those staged to be, say about a flow at both of its ends together. */
  verdict(flow: KnownFlow, view: View = "enforced"): Verdict {
    this.#load(flow, "verdict");
    const enforced = view === "enforced";
    // One end that denies decides. Most policies are about ingress, so that end is asked first.
    const ingress = this.#decide(this.#startOf("ingress", enforced ? INGRESS.enforced : INGRESS.pending), "ingress");
    if (ingress === DOES.deny) return "deny";
    const egress = this.#decide(this.#startOf("egress", enforced ? EGRESS.enforced : EGRESS.pending), "egress");
    if (egress === DOES.deny) return "deny";
    if (egress === DOES.allow && ingress === DOES.allow) return "allow";
    return this.#askBoth(flow, view);
  }

  /** What they say at one end; an end without an endpoint allows. */
  verdictAt(flow: KnownFlow, occasion: FlowOccasion): Verdict {
    const { direction, view } = occasion;
    this.#load(flow, "verdict");
    const start = this.#startOf(direction, PLACES[direction][view]);
    return this.#told(flow, this.#decide(start, direction), occasion);
  }

  /** The verdict at one end with its trace, enforced and pending; undefined where that end has no endpoint. */
  trace(flow: KnownFlow, direction: Direction): EndpointVerdict | undefined {
    const local = flow[LOCAL[direction]];
    const { endpoint } = this.#ends.at(local) ?? {};
    if (!endpoint) return undefined;
    this.#load(flow, "trace");
    const place = PLACES[direction];
    const [enforced, pending] = [this.#startOf(direction, place.enforced), this.#startOf(direction, place.pending)];
    const now = this.#traced(endpoint, enforced, direction);
    // One program for both: nothing is staged.
    const later = pending === enforced ? now : this.#traced(endpoint, pending, direction);
    if (!now || !later) return this.#ask(flow, endpoint, direction);
    return { direction, ...now, pending: later };
  }

  #load(flow: KnownFlow, telling: Telling): void {
    const { source, destination, icmp } = flow;
    this.#ends.update(source);
    // Bringing one end up to date may throw away what was compiled, the other's with it.
    if (this.#ends.update(destination)) this.#ends.update(source);
    this.#source = this.#ends.slot(source);
    this.#destination = this.#ends.slot(destination);
    const header = this.#header;
    header.protocol = flow.protocol;
    header.sourcePort = flow.sourcePort ?? -1;
    header.destinationPort = flow.destinationPort ?? -1;
    header.icmpType = icmp ? icmp.type : -1;
    header.icmpCode = icmp ? icmp.code : -1;
    this.#says = this.#ends.pool.says(header.protocol, header.destinationPort, telling);
  }

  /** The first line of the program of the end that is judged; negative where the plain judge is to be asked, or nobody. */
  #startOf(direction: Direction, place: number): number {
    const incoming = direction === "ingress";
    const local = incoming ? this.#destination : this.#source;
    const peer = incoming ? this.#source : this.#destination;
    const start = this.#ends.start(local, place);
    return start >= 0 && this.#ends.special(peer) !== 0 ? ASK : start;
  }

  /** What the program that starts at a line does with the flow at hand: allow, deny or ask. */
  #decide(start: number, direction: Direction): number {
    if (start < 0) return start === NOBODY ? DOES.allow : DOES.ask;
    const { pool } = this.#ends;
    for (let line = start; ;) {
      const found = this.#scan(line, direction);
      if (found < 0) return DOES.ask;
      const does = pool.doesOf(found);
      if (does !== DOES.jump) return does;
      line = pool.jumps[found] as number;
    }
  }

  #told(flow: KnownFlow, does: number, { direction, view }: FlowOccasion): Verdict {
    if (does === DOES.allow) return "allow";
    if (does === DOES.deny) return "deny";
    const { endpoint } = this.#ends.at(flow[LOCAL[direction]]) ?? {};
    if (!endpoint) return "allow";
    const asked = this.#ask(flow, endpoint, direction);
    return view === "enforced" ? asked.verdict : asked.pending.verdict;
  }

  #traced(endpoint: Endpoint, start: number, direction: Direction): JudgedVerdict | undefined {
    const { pool } = this.#ends;
    const trace = this.#traces.start(pool, start, endpoint);
    if (!trace) return undefined;
    for (let line = start; ;) {
      const found = this.#scan(line, direction);
      const does = found < 0 ? DOES.ask : pool.doesOf(found);
      if (does === DOES.ask) return undefined;
      trace.hit(found - start);
      if (does === DOES.allow) return { verdict: "allow", trace: trace.steps };
      if (does === DOES.deny) return { verdict: "deny", trace: trace.steps };
      line = does === DOES.jump ? (pool.jumps[found] as number) : found + 1;
      if (does === DOES.jump) trace.jump(line - start);
    }
  }

  /** The first line from `from` on that matches; the complement of its number where what is known does not decide it. */
  #scan(from: number, direction: Direction): number {
    const { pool, store, far: blocks, farWidth } = this.#ends;
    const { lines } = pool;
    const { bits } = store;
    const says = this.#says;
    const farAt = (direction === "ingress" ? this.#source : this.#destination) * farWidth;
    // INVARIANT: terms fit into the rows, and the last line of a program always matches: no read is out of bounds.
    for (let at = from; ; at += 1) {
      const line = lines[at] as number;
      const far = line >>> LINE.far;
      const said = says[line & LINE.head] as number;
      // One branch for both answers, which is nearly always taken: what it depends on is read far ahead.
      const block = blocks[farAt + (far >>> BLOCK.shift)] as number;
      const word = bits[block + ((far >>> 5) & BLOCK.wordMask)] as number;
      if (((word >>> (far & 31)) & said & 1) === 0) continue;
      if (said === SAYS.yes) return at;
      const answer = this.#rest(at, said === SAYS.open ? 2 : 1);
      if (answer === 1) return at;
      // A Log rule that cannot be decided says nothing.
      if (answer === 2 && pool.doesOf(at) !== DOES.log) return ~at;
    }
  }

  /** What a line asks beyond its head, where the head leaves it open (2) or not (1). */
  #rest(line: number, open: Answer): Answer {
    const { pool, held, nets } = this.#ends;
    const { rests } = pool;
    const found = pool.restOf[line] ?? -1;
    if (found < 0) return open;
    const place = found >> 1;
    const at = place * REST.words;
    const from = this.#source;
    const to = this.#destination;
    if (!nets.has(this.#ends.netsAt(from), rests[at + REST.sourceNets] ?? 0)) return 0;
    if (!nets.has(this.#ends.netsAt(to), rests[at + REST.destinationNets] ?? 0)) return 0;
    if (!held.has(this.#ends.heldAt(from), rests[at + REST.source] ?? 0)) return 0;
    if (!held.has(this.#ends.heldAt(to), rests[at + REST.destination] ?? 0)) return 0;
    if ((found & 1) === 0) return open;
    const tests = pool.tests[place] ?? [];
    const source = this.#ends.classOf(from);
    const destination = this.#ends.classOf(to);
    if (!source || !destination) return open;
    const classes = this.#classes;
    classes.source = source;
    classes.destination = destination;
    const answer = answerAll(tests, this.#header, classes);
    return answer === 1 ? open : answer;
  }

  #packetOf(flow: KnownFlow): Packet {
    const { protocol, sourcePort, destinationPort, icmp, http } = flow;
    const source = this.#ends.at(flow.source)?.address;
    const destination = this.#ends.at(flow.destination)?.address;
    if (!source || !destination) throw new RangeError("an end of the flow is not known");
    return {
      source,
      destination,
      protocol,
      ...(sourcePort !== undefined && { sourcePort }),
      ...(destinationPort !== undefined && { destinationPort }),
      ...(icmp && { icmp }),
      ...(http && { http }),
    };
  }

  #ask(flow: KnownFlow, endpoint: Endpoint, direction: Direction): EndpointVerdict {
    return judgeEndpoint(this.#index.world(), { endpoint, direction, packet: this.#packetOf(flow) });
  }

  #askBoth(flow: KnownFlow, view: View): Verdict {
    const packet = this.#packetOf(flow);
    const world = this.#index.world();
    const endOf = (id: EndId, address: IpAddress): ConnectionEnd => {
      const endpoint = this.#ends.at(id)?.endpoint;
      return endpoint ? { kind: "endpoint", world, endpoint, address } : { kind: "address", address };
    };
    const asked = judgeConnection({
      ...packet,
      source: endOf(flow.source, packet.source),
      destination: endOf(flow.destination, packet.destination),
    });
    return view === "enforced" ? asked.verdict : asked.pending;
  }
}
