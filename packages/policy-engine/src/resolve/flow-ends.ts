import type { Endpoint } from "../evaluate/endpoint";
import type { Direction } from "../model/policy";
import type { IpAddress } from "../net/address";
import type { AddressClass } from "./addresses";
import type { PolicyIndex } from "./policy-index";
import { ProgramPool } from "./program-pool";
import type { View } from "./rule-program";
import { holderRows, netRows } from "./term-rows";

declare const endId: unique symbol;

/** Number of an end of flows: an endpoint with one of its addresses, or an address alone. */
export type EndId = number & { readonly [endId]: true };

/** An end of flows. */
export interface FlowEnd {
  readonly address: IpAddress;
  readonly endpoint?: Endpoint;
}

/** Where an end keeps the first lines of its programs. */
export const PLACES = { ingress: { enforced: 0, pending: 1 }, egress: { enforced: 2, pending: 3 } } as const;
const WORDS = 8;
const HELD = 4;
const NETS = 5;
const SEEN = 6;
const SPECIAL = 7;
/** No program: the plain judge is to be asked. */
export const ASK = -1;
/** No program: there is no endpoint. */
export const NOBODY = -2;

/** With fewer programs than this nothing is thrown away. */
const FEW = 4096;

/**
 * The ends of flows by number, each with its row of bits and its programs, as of the version of the index in which it was
 * last asked for. One array holds all of them, so that a flow costs two reads before its rules are looked at.
 */
export class FlowEnds {
  readonly #index: PolicyIndex;
  readonly #ends: FlowEnd[] = [];
  readonly #classes: (AddressClass | undefined)[] = [];
  readonly #numbers = new Map<Endpoint, EndId[]>();
  held: ReturnType<typeof holderRows>;
  nets: ReturnType<typeof netRows>;
  pool = new ProgramPool();
  #words = new Int32Array(WORDS * 1024);
  #starts = new WeakMap<object, Map<string, number>>();
  #limit = FEW;
  #epoch: number;

  constructor(index: PolicyIndex) {
    this.#index = index;
    index.terms.compact();
    this.held = holderRows(index.terms);
    this.nets = netRows(index.terms);
    this.#epoch = index.terms.epoch;
  }

  /** The number of an endpoint with its address at a place, the first unless another is named. */
  endOf(endpoint: Endpoint, at = 0): EndId | undefined {
    const address = endpoint.addresses[at];
    if (!address) return undefined;
    const known = this.#numbers.get(endpoint) ?? [];
    this.#numbers.set(endpoint, known);
    return (known[at] ??= this.#add({ address, endpoint }));
  }

  /** A number for an address whose holder, if it has one, is not judged. */
  endOfAddress(address: IpAddress): EndId {
    return this.#add({ address });
  }

  at(id: EndId): FlowEnd | undefined {
    return this.#ends[id];
  }

  /** Brings an end up to date; says whether there was something to do, which may have thrown away what others had. */
  update(id: EndId): boolean {
    // Every change of the terms is one of the index, too.
    if (this.#words[id * WORDS + SEEN] === this.#index.version) return false;
    this.#refresh(id);
    return true;
  }

  /** Where the bits of those who hold the address begin. */
  heldAt(id: EndId): number {
    // INVARIANT: an id was given out by this object.
    return this.#words[id * WORDS + HELD] as number;
  }

  /** Where the bits of the address alone begin. */
  netsAt(id: EndId): number {
    return this.#words[id * WORDS + NETS] as number;
  }

  /** What makes the address special as a peer; 0: nothing. */
  special(id: EndId): number {
    return this.#words[id * WORDS + SPECIAL] as number;
  }

  /** The first line of what judges the end; negative where the plain judge is to be asked, or there is nobody to judge. */
  start(id: EndId, place: number): number {
    return this.#words[id * WORDS + place] as number;
  }

  /** The class of the address, as of when it was last brought up to date. */
  classOf(id: EndId): AddressClass | undefined {
    return this.#classes[id];
  }

  #add(end: FlowEnd): EndId {
    const id = this.#ends.length as EndId;
    this.#ends.push(end);
    this.#classes.push(undefined);
    if ((id + 1) * WORDS > this.#words.length) {
      const wider = new Int32Array(this.#words.length * 2);
      wider.set(this.#words);
      this.#words = wider;
    }
    this.#words[id * WORDS + SEEN] = ASK;
    return id;
  }

  #refresh(id: EndId): void {
    const end = this.#ends[id];
    if (!end) return;
    const fits = this.held.isWideEnough && this.nets.isWideEnough;
    if (!fits || this.#epoch !== this.#index.terms.epoch || this.#isCrowded()) this.#reset();
    const at = id * WORDS;
    const address = this.#index.addressClassOf(end.address);
    this.#classes[id] = address;
    this.#words[at + HELD] = this.held.startOf(address.held);
    this.#words[at + NETS] = this.nets.startOf(address.nets);
    this.#words[at + SPECIAL] = this.#index.specialOf(end.address);
    for (const direction of ["ingress", "egress"] as const) {
      for (const view of ["enforced", "pending"] as const) {
        this.#words[at + PLACES[direction][view]] = end.endpoint
          ? this.#startOf(end.endpoint, direction, view)
          : NOBODY;
      }
    }
    this.#words[at + SEEN] = this.#index.version;
  }

  #startOf(endpoint: Endpoint, direction: Direction, view: View): number {
    const policies = this.#index.policiesOf(endpoint, direction);
    if (!policies || endpoint.kind === "host" || this.#index.isUnreadable) return ASK;
    // Where nothing staged selects the endpoint, what is pending is what is in force: one program.
    if (view === "pending" && !policies.staged) return this.#startOf(endpoint, direction, "enforced");
    const tiers = policies[view];
    const speakers = this.#index.speakersOf(endpoint).map(({ entry }) => entry);
    const starts = this.#starts.get(tiers) ?? new Map<string, number>();
    this.#starts.set(tiers, starts);
    const key = `${direction}/${view}/${speakers.map(({ id }) => id).join(",")}`;
    let start = starts.get(key);
    if (start === undefined) {
      start = this.pool.add({ direction, view, tiers, speakers, tierCount: this.#index.tierCount });
      starts.set(key, start);
    }
    return start;
  }

  /** Whether most of what was compiled may be for what is no more. */
  #isCrowded(): boolean {
    if (this.pool.programs + this.held.rows < this.#limit) return false;
    const live = new Set<number>();
    for (let at = 0; at < this.#ends.length * WORDS; at += WORDS) {
      for (let place = 0; place <= HELD; place += 1) {
        live.add((this.#words[at + place] as number) * 2 + (place === HELD ? 1 : 0));
      }
    }
    const crowded = live.size * 2 < this.#limit;
    this.#limit = Math.max(FEW, live.size * 4);
    return crowded;
  }

  #reset(): void {
    this.#index.terms.compact();
    this.#epoch = this.#index.terms.epoch;
    this.held = holderRows(this.#index.terms);
    this.nets = netRows(this.#index.terms);
    this.pool = new ProgramPool();
    this.#starts = new WeakMap();
    for (let at = SEEN; at < this.#words.length; at += WORDS) this.#words[at] = ASK;
  }
}
