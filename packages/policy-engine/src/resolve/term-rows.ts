import type { HolderClass, NetClass } from "./addresses";
import { hasSelector } from "./label-index";
import type { NetTerm, Term, TermBook } from "./terms";

interface Numbered {
  readonly id: number;
}

/** What rows of bits are made of: the terms so far, and which of them hold for a class. */
interface RowSource<T extends Numbered, C extends Numbered> {
  readonly log: () => readonly T[];
  readonly holds: (term: T, of: C) => boolean;
  /** All terms of the log that hold for a class. */
  readonly all: (of: C) => Iterable<T>;
}

/**
 * For each class a row of bits, one a term: whether the class is what the term asks for. The rows lie in one array. A row
 * is made when it is first asked for, and extended by the terms that came since.
 */
export class BitRows<T extends Numbered, C extends Numbered> {
  readonly #source: RowSource<T, C>;
  readonly #slots = new Map<number, number>();
  readonly #seen: number[] = [];
  /** Words of a row, with room for a quarter more terms than there are at first. */
  readonly stride: number;
  bits: Int32Array;

  constructor(source: RowSource<T, C>) {
    this.#source = source;
    this.stride = ((source.log().length * 5) >> 7) + 4;
    this.bits = new Int32Array(this.stride * 64);
  }

  get rows(): number {
    return this.#seen.length;
  }

  /** Whether the terms still fit into the rows. */
  get isWideEnough(): boolean {
    return this.#source.log().length <= this.stride * 32;
  }

  /** Where the row of a class begins, up to date. */
  startOf(of: C): number {
    const slot = this.#slots.get(of.id) ?? this.#newRow(of);
    const log = this.#source.log();
    for (let at = this.#seen[slot] ?? 0; at < log.length; at += 1) {
      const term = log[at];
      if (term && this.#source.holds(term, of)) this.#set(slot, term);
    }
    this.#seen[slot] = log.length;
    return slot * this.stride;
  }

  #newRow(of: C): number {
    const slot = this.#seen.length;
    if ((slot + 1) * this.stride > this.bits.length) {
      const wider = new Int32Array(this.bits.length * 2);
      wider.set(this.bits);
      this.bits = wider;
    }
    this.#slots.set(of.id, slot);
    this.#seen.push(this.#source.log().length);
    for (const term of this.#source.all(of)) this.#set(slot, term);
    return slot;
  }

  #set(slot: number, { id }: T): void {
    const at = slot * this.stride + (id >>> 5);
    this.bits[at] = (this.bits[at] ?? 0) | (1 << (id & 31));
  }
}

const unwanted = ({ notSelector }: Term, { holders }: HolderClass): boolean =>
  notSelector !== undefined && holders.some(({ matches }) => hasSelector(matches, notSelector));

function termHolds(term: Term, held: HolderClass): boolean {
  const { selector } = term;
  if (selector && !held.holders.some(({ matches }) => hasSelector(matches, selector))) return false;
  return !unwanted(term, held);
}

/** Rows of what rules ask of holders: only the terms of selectors that match are looked at, and those that have none. */
export function holderRows(book: TermBook<unknown>): BitRows<Term, HolderClass> {
  const selectorless: Term[] = [];
  let read = 0;
  return new BitRows<Term, HolderClass>({
    log: () => book.log,
    holds: termHolds,
    *all(held) {
      for (; read < book.log.length; read += 1) {
        const term = book.log[read];
        if (term && !term.selector) selectorless.push(term);
      }
      for (const term of selectorless) if (!unwanted(term, held)) yield term;
      for (const { matches } of held.holders) {
        for (const selector of matches.selectors) {
          for (const term of selector.uses) if (term.selector === selector && !unwanted(term, held)) yield term;
        }
      }
    },
  });
}

/** A list of ranges that holds none of the address's IP version takes the whole rule out for that version, notNets too. */
const netTermHolds = ({ nets, notNets }: NetTerm, { lists, version }: NetClass): boolean =>
  (!nets || lists.has(nets)) &&
  (!notNets || (!lists.has(notNets) && notNets.nets.some((net) => net.version === version)));

/** Rows of what rules ask of addresses alone. */
export const netRows = (book: TermBook<unknown>): BitRows<NetTerm, NetClass> =>
  new BitRows<NetTerm, NetClass>({
    log: () => book.netLog,
    holds: netTermHolds,
    all: (of) => book.netLog.filter((term) => netTermHolds(term, of)),
  });
