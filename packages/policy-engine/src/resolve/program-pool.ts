import { protocolHasPorts } from "../model/protocol";
import { compileProgram, DOES, HEAD, RuleLines, type LineRest, type ProgramSource } from "./rule-program";
import type { RuleTest } from "./rule-test";

/** A line is the number of its head in the low bits, and the term of its far end above them. */
export const LINE = { head: 0x3fff, far: 14 } as const;

/** Words of what a line asks beyond its head, and which of them is what. */
export const REST = { words: 4, source: 0, destination: 1, sourceNets: 2, destinationNets: 3 } as const;

/**
 * What a head says to a protocol and port: no, yes, yes if the rest of the line does, or not decided without the port. The
 * lowest bit is set for all but no, so that it can be joined with the bit of a term.
 */
export const SAYS = { no: 0, yes: 1, more: 3, open: 5 } as const;

/** Whether a trace is wanted: lines that only log say no where it is not. */
export type Telling = "verdict" | "trace";

const NONE = -1;

/** With more protocols and ports than this, what heads say to them is worked out anew. */
const MANY_PORTS = 8192;

function wider(words: Int32Array): Int32Array<ArrayBuffer> {
  const made = new Int32Array(words.length * 2);
  made.set(words);
  return made;
}

/**
 * All programs, one after the other, a word a line. Few heads are distinct, so what they say to a protocol and port is
 * worked out for all of them at once: a scan reads one short stretch of memory and little else. What a few lines ask
 * beside lies apart.
 */
export class ProgramPool {
  lines = new Int32Array(1024);
  /** Where a line that passes goes on. */
  jumps = new Int32Array(1024);
  /** By line: twice the place among `rests` and `tests` of what it asks beyond its head, odd with tests; negative: nothing. */
  restOf = new Int32Array(1024);
  rests = new Int32Array(REST.words * 64);
  readonly tests: (readonly RuleTest[])[] = [];
  readonly #heads: { readonly head: number; readonly range: number }[] = [];
  readonly #headNumbers = new Map<number, number>();
  readonly #says: Readonly<Record<Telling, Map<number, Uint8Array>>> = { verdict: new Map(), trace: new Map() };
  readonly #restPlaces = new Map<LineRest, number>();
  readonly #sources = new Map<number, ProgramSource>();
  readonly #rules: RuleLines;
  #count = 0;

  /** The bits of net terms follow those of terms from `netBase` on. */
  constructor(netBase: number) {
    this.#rules = new RuleLines(netBase);
  }

  get programs(): number {
    return this.#sources.size;
  }

  /** The number of the first line of a new program; negative where it has more distinct heads than lines can name. */
  add(source: ProgramSource): number {
    const start = this.#count;
    let block = start;
    compileProgram(source, this.#rules, {
      line: ({ head, range, far, rest }) => {
        const at = this.#newLine();
        this.lines[at] = this.#headNumber(head, range) | (far << LINE.far);
        this.restOf[at] = rest ? this.#restPlace(rest) : NONE;
      },
      end: (what) => {
        if (what === "policy") return;
        this.jumps.fill(this.#count, block, this.#count);
        block = this.#count;
      },
    });
    if (this.#heads.length > LINE.head) return NONE;
    this.#sources.set(start, source);
    return start;
  }

  /** What the program that starts at a line was compiled from. */
  sourceOf(start: number): ProgramSource | undefined {
    return this.#sources.get(start);
  }

  /** What a line does. */
  doesOf(line: number): number {
    return doesOf(this.#heads[(this.lines[line] ?? 0) & LINE.head]?.head ?? 0);
  }

  /** What every head says to a protocol and port (-1: not known), by the number of the head. */
  says(protocol: number, port: number, telling: Telling): Uint8Array {
    const all = this.#says[telling];
    const key = protocol * 65_537 + port + 1;
    const known = all.get(key);
    if (known) return known;
    if (all.size >= MANY_PORTS) all.clear();
    const says = new Uint8Array(this.#heads.length);
    for (const [at, { head, range }] of this.#heads.entries()) {
      const silent = telling === "verdict" && doesOf(head) === DOES.log;
      says[at] = silent ? SAYS.no : sayOf(head, range, { protocol, port });
    }
    all.set(key, says);
    return says;
  }

  #headNumber(head: number, range: number): number {
    const key = head * 2 ** 32 + (range >>> 0);
    const known = this.#headNumbers.get(key);
    if (known !== undefined) return known;
    const number = this.#heads.length;
    this.#heads.push({ head, range });
    this.#headNumbers.set(key, number);
    // What was worked out says nothing about this one.
    this.#says.verdict.clear();
    this.#says.trace.clear();
    return number;
  }

  #restPlace(rest: LineRest): number {
    const known = this.#restPlaces.get(rest);
    if (known !== undefined) return known;
    const place = this.tests.length;
    const found = place * 2 + (rest.tests.length > 0 ? 1 : 0);
    this.#restPlaces.set(rest, found);
    this.tests.push(rest.tests);
    if (this.tests.length * REST.words > this.rests.length) this.rests = wider(this.rests);
    const { source, destination, sourceNets, destinationNets } = rest;
    this.rests.set([source.id, destination.id, sourceNets.id, destinationNets.id], place * REST.words);
    return found;
  }

  #newLine(): number {
    const at = this.#count;
    this.#count += 1;
    if (this.#count > this.lines.length) {
      this.lines = wider(this.lines);
      this.jumps = wider(this.jumps);
      this.restOf = wider(this.restOf);
    }
    return at;
  }
}

const doesOf = (head: number): number => (head >>> HEAD.does) & HEAD.doesMask;

function sayOf(head: number, range: number, flow: { readonly protocol: number; readonly port: number }): number {
  const wanted = head & HEAD.protocol;
  if (wanted !== 0 && wanted !== flow.protocol + 1) return SAYS.no;
  const more = (head & HEAD.more) === 0 ? SAYS.yes : SAYS.more;
  if ((head & HEAD.range) === 0) return more;
  if (!protocolHasPorts(flow.protocol)) return SAYS.no;
  if (flow.port < 0) return SAYS.open;
  return flow.port < range >>> 16 || flow.port > (range & 0xffff) ? SAYS.no : more;
}
