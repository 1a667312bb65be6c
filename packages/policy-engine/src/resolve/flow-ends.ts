import type { Endpoint } from "../evaluate/endpoint";
import type { Direction } from "../model/policy";
import type { IpAddress } from "../net/address";
import type { AddressClass } from "./addresses";
import type { PolicyIndex } from "./policy-index";
import { ProgramPool } from "./program-pool";
import type { View } from "./rule-program";
import { BLOCK, BlockStore, holderRows, netRows } from "./term-rows";

declare const endId: unique symbol;

/** Number of an end of flows: an endpoint with one of its addresses, or an address alone. */
export type EndId = number & { readonly [endId]: true };

/** An end of flows. */
export interface FlowEnd {
  readonly address: IpAddress;
  readonly endpoint?: Endpoint;
}

/** Where a place keeps the first lines of its programs. */
export const PLACES = { ingress: { enforced: 0, pending: 1 }, egress: { enforced: 2, pending: 3 } } as const;
/** The last word is the class of the address, so that equal words are one class. */
const WORDS = 8;
const HELD = 4;
const NETS = 5;
const SPECIAL = 6;
/** What an end has of its own: its slot, and the version of the index in which it was last asked for. */
const OWN = 2;
/** No program: the plain judge is to be asked. */
export const ASK = -1;
/** No program: there is no endpoint. */
export const NOBODY = -2;

/** With fewer slots than this nothing is thrown away. */
const FEW = 4096;

function wider(words: Int32Array): Int32Array<ArrayBuffer> {
  const made = new Int32Array(words.length * 2);
  made.set(words);
  return made;
}

/**
 * The ends of flows by number, as of the version of the index in which each was last asked for. Ends that nothing tells
 * apart have one slot, which holds their rows of bits and their programs: there are few, so that they stay near the
 * processor.
 */
export class FlowEnds {
  readonly #index: PolicyIndex;
  readonly #ends: FlowEnd[] = [];
  #classes: AddressClass[] = [];
  readonly #numbers = new Map<Endpoint, EndId[]>();
  store = new BlockStore();
  held: ReturnType<typeof holderRows>;
  nets: ReturnType<typeof netRows>;
  pool: ProgramPool;
  /** By slot: the blocks of its holders, then those of its address. */
  far: Int32Array;
  #own = new Int32Array(OWN * 1024);
  #words = new Int32Array(WORDS * 1024);
  #slots = new Map<string, number>();
  #starts = new WeakMap<object, Map<string, number>>();
  #limit = FEW;
  #epoch: number;

  constructor(index: PolicyIndex) {
    this.#index = index;
    index.terms.compact();
    this.held = holderRows(index.terms, this.store);
    this.nets = netRows(index.terms, this.store);
    this.pool = new ProgramPool(this.held.perRow << BLOCK.shift);
    this.far = new Int32Array(this.farWidth * 64);
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
    if (this.#own[id * OWN + 1] === this.#index.version) return false;
    this.#refresh(id);
    return true;
  }

  /** The slot of an end that is up to date. */
  slot(id: EndId): number {
    // INVARIANT: an id was given out by this object.
    return this.#own[id * OWN] as number;
  }

  /** Blocks of a slot in `far`. */
  get farWidth(): number {
    return this.held.perRow + this.nets.perRow;
  }

  /** Where the bits of those who hold the address begin. */
  heldAt(slot: number): number {
    return this.#words[slot * WORDS + HELD] as number;
  }

  /** Where the bits of the address alone begin. */
  netsAt(slot: number): number {
    return this.#words[slot * WORDS + NETS] as number;
  }

  /** What makes the address special as a peer; 0: nothing. */
  special(slot: number): number {
    return this.#words[slot * WORDS + SPECIAL] as number;
  }

  /** The first line of what judges there; negative where the plain judge is to be asked, or there is nobody to judge. */
  start(slot: number, place: number): number {
    return this.#words[slot * WORDS + place] as number;
  }

  /** The class of the address. */
  classOf(slot: number): AddressClass | undefined {
    return this.#classes[slot];
  }

  #add(end: FlowEnd): EndId {
    const id = this.#ends.length as EndId;
    this.#ends.push(end);
    if ((id + 1) * OWN > this.#own.length) this.#own = wider(this.#own);
    this.#own[id * OWN + 1] = ASK;
    return id;
  }

  #refresh(id: EndId): void {
    const end = this.#ends[id];
    if (!end) return;
    const fits = this.held.isWideEnough && this.nets.isWideEnough;
    if (!fits || this.#epoch !== this.#index.terms.epoch || this.#isCrowded()) this.#reset();
    const address = this.#index.addressClassOf(end.address);
    const words = [
      ...this.#startsOf(end.endpoint),
      this.held.startOf(address.held),
      this.nets.startOf(address.nets),
      this.#index.specialOf(end.address),
      address.id,
    ];
    this.#own[id * OWN] = this.#slotOf(words, address);
    this.#own[id * OWN + 1] = this.#index.version;
  }

  #slotOf(words: readonly number[], address: AddressClass): number {
    const key = words.join();
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#classes.length;
      this.#slots.set(key, slot);
      this.#classes.push(address);
      if ((slot + 1) * WORDS > this.#words.length) this.#words = wider(this.#words);
      while ((slot + 1) * this.farWidth > this.far.length) this.far = wider(this.far);
      this.#words.set(words, slot * WORDS);
    }
    this.#copyBlocks(slot);
    return slot;
  }

  /** The rows may have been extended by new terms since. */
  #copyBlocks(slot: number): void {
    const { held, nets, far } = this;
    const [heldAt, netsAt, at] = [this.heldAt(slot), this.netsAt(slot), slot * this.farWidth];
    far.set(held.blocks.subarray(heldAt, heldAt + held.perRow), at);
    far.set(nets.blocks.subarray(netsAt, netsAt + nets.perRow), at + held.perRow);
  }

  /** In the order of `PLACES`. */
  #startsOf(endpoint: Endpoint | undefined): readonly number[] {
    if (!endpoint) return [NOBODY, NOBODY, NOBODY, NOBODY];
    return (["ingress", "egress"] as const).flatMap((direction) =>
      (["enforced", "pending"] as const).map((view) => this.#startOf(endpoint, direction, view)),
    );
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
    if (this.#classes.length < this.#limit) return false;
    const live = new Set<number>();
    for (let at = 0; at < this.#ends.length * OWN; at += OWN) {
      if (this.#own[at + 1] !== ASK) live.add(this.#own[at] as number);
    }
    const crowded = live.size * 2 < this.#limit;
    this.#limit = Math.max(FEW, live.size * 4);
    return crowded;
  }

  #reset(): void {
    this.#index.terms.compact();
    this.#epoch = this.#index.terms.epoch;
    this.store = new BlockStore();
    this.held = holderRows(this.#index.terms, this.store);
    this.nets = netRows(this.#index.terms, this.store);
    this.pool = new ProgramPool(this.held.perRow << BLOCK.shift);
    this.far = new Int32Array(this.farWidth * 64);
    this.#starts = new WeakMap();
    this.#slots = new Map();
    this.#classes = [];
    for (let at = 1; at < this.#own.length; at += OWN) this.#own[at] = ASK;
  }
}
