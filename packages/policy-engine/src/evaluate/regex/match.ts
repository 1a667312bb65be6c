import { parseRegex } from "./parse";
import { inClass, type Assertion, type CharClass, type RegexNode } from "./syntax";

/** One instruction of the machine that matches: eat a character, look around, branch, or be done. */
type Instruction =
  | { readonly kind: "eat"; readonly set: CharClass }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { kind: "split"; first: number; second: number }
  | { kind: "jump"; to: number }
  | { readonly kind: "done" };

/** Most instructions of one expression; repetitions multiply, and a bigger one is not understood. */
const MAX_INSTRUCTIONS = 10_000;

class Compiler {
  readonly program: Instruction[] = [];

  #push<I extends Instruction>(instruction: I): I {
    if (this.program.length >= MAX_INSTRUCTIONS) throw new RangeError();
    this.program.push(instruction);
    return instruction;
  }

  add(node: RegexNode): void {
    switch (node.kind) {
      case "empty":
        return;
      case "class":
        this.#push({ kind: "eat", set: node.set });
        return;
      case "assert":
        this.#push({ kind: "assert", assertion: node.assertion });
        return;
      case "sequence":
        for (const part of node.parts) this.add(part);
        return;
      case "choice":
        this.#choice(node.options);
        return;
      case "repeat":
        this.#repeat(node);
        return;
    }
  }

  #choice(options: readonly RegexNode[]): void {
    const ends: { kind: "jump"; to: number }[] = [];
    for (const [index, option] of options.entries()) {
      const last = index === options.length - 1;
      const split = last
        ? undefined
        : this.#push({ kind: "split" as const, first: this.program.length + 1, second: 0 });
      this.add(option);
      if (!last) ends.push(this.#push({ kind: "jump" as const, to: 0 }));
      if (split) split.second = this.program.length;
    }
    for (const end of ends) end.to = this.program.length;
  }

  #repeat({ of, min, max }: Extract<RegexNode, { kind: "repeat" }>): void {
    for (let i = 0; i < min; i += 1) this.add(of);
    if (max === Number.POSITIVE_INFINITY) {
      const start = this.program.length;
      const split = this.#push({ kind: "split" as const, first: start + 1, second: 0 });
      this.add(of);
      this.#push({ kind: "jump" as const, to: start });
      split.second = this.program.length;
      return;
    }
    const splits = [];
    for (let i = min; i < max; i += 1) {
      splits.push(this.#push({ kind: "split" as const, first: this.program.length + 1, second: 0 }));
      this.add(of);
    }
    for (const split of splits) split.second = this.program.length;
  }

  finish(): readonly Instruction[] {
    this.#push({ kind: "done" });
    return this.program;
  }
}

const isWord = (code: number | undefined): boolean => code !== undefined && /\w/.test(String.fromCodePoint(code));

interface Place {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

function holds(assertion: Assertion, { before, after }: Place): boolean {
  switch (assertion) {
    case "start":
      return before === undefined;
    case "end":
      return after === undefined;
    case "boundary":
      return isWord(before) !== isWord(after);
    case "not-boundary":
      return isWord(before) === isWord(after);
  }
}

/** Follows what needs no character; gives the places that wait for one, and whether the end was reached. */
function follow(
  program: readonly Instruction[],
  from: readonly number[],
  place: Place,
): { waiting: readonly number[]; done: boolean } {
  const seen = new Set<number>();
  const waiting: number[] = [];
  const pending = [...from];
  let done = false;
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = program[at];
    if (!instruction) continue;
    if (instruction.kind === "eat") waiting.push(at);
    else if (instruction.kind === "done") done = true;
    else if (instruction.kind === "jump") pending.push(instruction.to);
    else if (instruction.kind === "split") pending.push(instruction.first, instruction.second);
    else if (holds(instruction.assertion, place)) pending.push(at + 1);
  }
  return { waiting, done };
}

function run(program: readonly Instruction[], text: string): boolean {
  const codes = Array.from(text, (char) => char.codePointAt(0) ?? 0);
  let states: readonly number[] = [];
  for (let at = 0; at <= codes.length; at += 1) {
    const code = codes[at];
    const { waiting, done } = follow(program, [...states, 0], { before: codes[at - 1], after: code });
    if (done) return true;
    if (code === undefined) return false;
    states = waiting.flatMap((place) => {
      const instruction = program[place];
      return instruction?.kind === "eat" && inClass(instruction.set, code) ? [place + 1] : [];
    });
  }
  return false;
}

/**
 * Compiles a regular expression into a test of whether it occurs in a text, as Go's regexp has it (RE2: in time
 * proportional to the text, whatever the expression; K. Thompson, 1968). Undefined where it is not understood.
 */
export function compileRegex(text: string): ((subject: string) => boolean) | undefined {
  const node = parseRegex(text);
  if (!node) return undefined;
  const compiler = new Compiler();
  try {
    compiler.add(node);
    const program = compiler.finish();
    return (subject) => run(program, subject);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
