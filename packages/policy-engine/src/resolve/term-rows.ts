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

/** Words of a block of a row, and how a term's number is taken apart into block, word and bit. */
export const BLOCK = { words: 16, shift: 9, wordMask: 15 } as const;

function hashOf(words: Int32Array, from: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < from + BLOCK.words; at += 1) hash = Math.imul(hash ^ (words[at] ?? 0), 0x01000193);
  return hash;
}

function wider(words: Int32Array): Int32Array<ArrayBuffer> {
  const made = new Int32Array(words.length * 2);
  made.set(words);
  return made;
}

/** Blocks of bits; equal ones are one. */
export class BlockStore {
  readonly #byHash = new Map<number, number[]>();
  #count = 0;
  bits = new Int32Array(BLOCK.words * 64);

  /** Where a block with the words that begin there lies among the bits. */
  intern(words: Int32Array, from: number): number {
    const hash = hashOf(words, from);
    const bucket = this.#byHash.get(hash) ?? [];
    const known = bucket.find((start) => this.#isSame(start, words, from));
    if (known !== undefined) return known;
    const start = this.#count * BLOCK.words;
    this.#count += 1;
    if (start + BLOCK.words > this.bits.length) this.bits = wider(this.bits);
    this.bits.set(words.subarray(from, from + BLOCK.words), start);
    bucket.push(start);
    this.#byHash.set(hash, bucket);
    return start;
  }

  #isSame(start: number, words: Int32Array, from: number): boolean {
    for (let at = 0; at < BLOCK.words; at += 1) if (this.bits[start + at] !== words[from + at]) return false;
    return true;
  }
}

/**
 * For each class a row of bits, one a term: whether the class is what the term asks for. A row is a list of blocks, most
 * of them empty, for few terms of other namespaces hold for a class: so all rows together stay near the processor. A row
 * is made when it is first asked for, and extended by the terms that came since.
 */
export class BitRows<T extends Numbered, C extends Numbered> {
  readonly #source: RowSource<T, C>;
  readonly #slots = new Map<number, number>();
  readonly #seen: number[] = [];
  readonly #store: BlockStore;
  readonly #scratch: Int32Array;
  /** Blocks of a row, with room for a quarter more terms than there are at first. */
  readonly perRow: number;
  /** By row and block: where the block begins among the bits of the store. */
  blocks: Int32Array;

  constructor(source: RowSource<T, C>, store: BlockStore) {
    this.#source = source;
    this.#store = store;
    this.perRow = ((source.log().length * 5) >> (BLOCK.shift + 2)) + 1;
    this.#scratch = new Int32Array(this.perRow * BLOCK.words);
    this.blocks = new Int32Array(this.perRow * 64);
  }

  get rows(): number {
    return this.#seen.length;
  }

  /** Whether the terms still fit into the rows. */
  get isWideEnough(): boolean {
    return this.#source.log().length <= this.perRow << BLOCK.shift;
  }

  /** Where the blocks of a class's row begin, up to date. */
  startOf(of: C): number {
    const log = this.#source.log();
    let slot = this.#slots.get(of.id);
    if (slot === undefined) slot = this.#newRow(of);
    else if ((this.#seen[slot] ?? 0) < log.length) this.#extend(slot, of);
    this.#seen[slot] = log.length;
    return slot * this.perRow;
  }

  /** Whether the term holds for the class whose row begins there. */
  has(start: number, id: number): boolean {
    const block = this.blocks[start + (id >>> BLOCK.shift)] ?? 0;
    return (((this.#store.bits[block + ((id >>> 5) & BLOCK.wordMask)] ?? 0) >>> (id & 31)) & 1) !== 0;
  }

  #newRow(of: C): number {
    const slot = this.#seen.length;
    while ((slot + 1) * this.perRow > this.blocks.length) this.blocks = wider(this.blocks);
    this.#slots.set(of.id, slot);
    this.#seen.push(0);
    this.#scratch.fill(0);
    for (const term of this.#source.all(of)) this.#set(term);
    this.#keep(slot);
    return slot;
  }

  #extend(slot: number, of: C): void {
    const log = this.#source.log();
    const fresh = log.slice(this.#seen[slot]).filter((term) => this.#source.holds(term, of));
    if (fresh.length === 0) return;
    for (let block = 0; block < this.perRow; block += 1) {
      const from = this.blocks[slot * this.perRow + block] ?? 0;
      this.#scratch.set(this.#store.bits.subarray(from, from + BLOCK.words), block * BLOCK.words);
    }
    for (const term of fresh) this.#set(term);
    this.#keep(slot);
  }

  #set({ id }: T): void {
    this.#scratch[id >>> 5] = (this.#scratch[id >>> 5] ?? 0) | (1 << (id & 31));
  }

  #keep(slot: number): void {
    for (let block = 0; block < this.perRow; block += 1) {
      this.blocks[slot * this.perRow + block] = this.#store.intern(this.#scratch, block * BLOCK.words);
    }
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
export function holderRows(book: TermBook<unknown>, store: BlockStore): BitRows<Term, HolderClass> {
  const selectorless: Term[] = [];
  let read = 0;
  return new BitRows<Term, HolderClass>(
    {
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
    },
    store,
  );
}

/** A list of ranges that holds none of the address's IP version takes the whole rule out for that version, notNets too. */
const netTermHolds = ({ nets, notNets }: NetTerm, { lists, version }: NetClass): boolean =>
  (!nets || lists.has(nets)) &&
  (!notNets || (!lists.has(notNets) && notNets.nets.some((net) => net.version === version)));

/** Rows of what rules ask of addresses alone. */
export const netRows = (book: TermBook<unknown>, store: BlockStore): BitRows<NetTerm, NetClass> =>
  new BitRows<NetTerm, NetClass>(
    {
      log: () => book.netLog,
      holds: netTermHolds,
      all: (of) => book.netLog.filter((term) => netTermHolds(term, of)),
    },
    store,
  );
