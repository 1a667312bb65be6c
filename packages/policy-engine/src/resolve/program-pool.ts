import { compileProgram, HEAD, RuleLines, type LineRest, type ProgramSource } from "./rule-program";
import type { RuleTest } from "./rule-test";

/** Words of a line. */
export const LINE = 2;

/** Words of what a line asks beyond its head, and which of them is what. */
export const REST = { words: 4, source: 0, destination: 1, sourceNets: 2, destinationNets: 3 } as const;

function wider(words: Int32Array): Int32Array<ArrayBuffer> {
  const made = new Int32Array(words.length * 2);
  made.set(words);
  return made;
}

/**
 * All programs, one after the other. Two words say what most lines ask, so that a scan reads one short stretch of memory
 * and little else; what a few lines ask beside lies apart.
 */
export class ProgramPool {
  /** Two words a line: head, and port range or (where it has none) the place of what it asks beyond its head. */
  heads = new Int32Array(LINE * 1024);
  /** Where a line that passes goes on. */
  jumps = new Int32Array(1024);
  /** By line: the place among `rests` and `tests` of what a line with a port range asks beyond its head. */
  restOf = new Int32Array(1024);
  rests = new Int32Array(REST.words * 64);
  readonly tests: (readonly RuleTest[])[] = [];
  readonly #restPlaces = new Map<LineRest, number>();
  readonly #sources = new Map<number, ProgramSource>();
  readonly #rules = new RuleLines();
  #lines = 0;

  get programs(): number {
    return this.#sources.size;
  }

  /** The number of the first line of a new program. */
  add(source: ProgramSource): number {
    const start = this.#lines;
    let block = start;
    compileProgram(source, this.#rules, {
      line: ({ head, range, rest }) => {
        const at = this.#newLine();
        this.heads[at * LINE] = head;
        const place = rest ? this.#restPlace(rest) : 0;
        const ranged = (head & HEAD.range) !== 0;
        this.heads[at * LINE + 1] = ranged ? range : place;
        this.restOf[at] = place;
      },
      end: (what) => {
        if (what === "policy") return;
        this.jumps.fill(this.#lines, block, this.#lines);
        block = this.#lines;
      },
    });
    this.#sources.set(start, source);
    return start;
  }

  /** What the program that starts at a line was compiled from. */
  sourceOf(start: number): ProgramSource | undefined {
    return this.#sources.get(start);
  }

  #restPlace(rest: LineRest): number {
    const known = this.#restPlaces.get(rest);
    if (known !== undefined) return known;
    const place = this.tests.length;
    this.#restPlaces.set(rest, place);
    this.tests.push(rest.tests);
    if (this.tests.length * REST.words > this.rests.length) this.rests = wider(this.rests);
    const { source, destination, sourceNets, destinationNets } = rest;
    this.rests.set([source.id, destination.id, sourceNets.id, destinationNets.id], place * REST.words);
    return place;
  }

  #newLine(): number {
    const at = this.#lines;
    this.#lines += 1;
    if (this.#lines > this.jumps.length) {
      this.heads = wider(this.heads);
      this.jumps = wider(this.jumps);
      this.restOf = wider(this.restOf);
    }
    return at;
  }
}
