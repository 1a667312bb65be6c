import { err, ok, type Result } from "@isthmus/std";
import { allOf, anyOf, everything, type Filter } from "./ast";
import { readCondition } from "./condition";
import type { FilterDiagnostic } from "./diagnostic";
import type { FilterTable } from "./fields";
import type { Token } from "./lexer";
import { limits } from "./limits";
import { isJoint, readerOf, type Expectation, type Reader } from "./reader";

/** How a filter is read. */
export interface ParseOptions {
  /** Whose rows are to answer it; a field that they cannot answer is a mistake. Flows answer every field. */
  readonly answeredBy?: FilterTable;
}

/** Parses a filter; all its mistakes come together. An empty text is the filter that holds for everything. */
export function parseFilter(text: string, options: ParseOptions = {}): Result<Filter, readonly FilterDiagnostic[]> {
  if (text.length > limits.characters) return err([tooLong(text)]);
  const reader = readerOf(text, options.answeredBy ?? "flow");
  const filter = readFilter(reader);
  return filter === undefined || reader.problems.length > 0 ? err(reader.problems) : ok(filter);
}

/** What the grammar takes after a text. */
export function expectedAfter(text: string): readonly Expectation[] {
  if (text.length > limits.characters) return [];
  const reader = readerOf(text, "flow");
  readFilter(reader);
  return reader.expected;
}

const tooLong = (text: string): FilterDiagnostic => ({
  code: "too-large",
  span: { from: limits.characters, to: text.length },
  message: `a filter has at most ${limits.characters} characters, this has ${text.length}`,
});

// filter = [ alternatives ]
function readFilter(reader: Reader): Filter | undefined {
  reader.expects({ kind: "condition" });
  if (reader.peek() === undefined) return everything;
  const filter = readAlternatives(reader);
  // Only a `)` ends alternatives before the text does.
  for (let stray = reader.take(); stray !== undefined; stray = reader.take()) {
    reader.problem(unexpected(stray, "no `(` is open here"));
    if (isJoint(reader.peek()) && reader.take() !== undefined) readAlternatives(reader);
  }
  return filter;
}

// alternatives = conjunction { "or" conjunction }
function readAlternatives(reader: Reader): Filter | undefined {
  const parts = readJoined(reader, "or", readConjunction);
  const [first, ...others] = parts ?? [];
  return first && anyOf([first, ...others]);
}

// conjunction = negation { "and" negation }
function readConjunction(reader: Reader): Filter | undefined {
  const parts = readJoined(reader, "and", readNegation);
  return parts && allOf(parts);
}

/** At least one part; undefined where a part is wrong, once all are read. */
function readJoined(
  reader: Reader,
  joint: "and" | "or",
  read: (reader: Reader) => Filter | undefined,
): readonly Filter[] | undefined {
  const parts = [read(reader)];
  while (reader.takeWord(joint)) parts.push(read(reader));
  const whole = parts.filter((part) => part !== undefined);
  return whole.length === parts.length ? whole : undefined;
}

// negation = "not" negation | "(" alternatives ")" | condition
function readNegation(reader: Reader): Filter | undefined {
  reader.expects({ kind: "condition" });
  const not = reader.takeWord("not");
  if (not) {
    const of = reader.nested(not, () => readNegation(reader));
    return of && { kind: "not", of };
  }
  const open = reader.takeSign("(");
  const read = open ? reader.nested(open, () => readGroup(reader)) : readCondition(reader);
  if (read === undefined) reader.skipToJoint();
  else reader.expects({ kind: "joint", open: reader.isInGroup() });
  expectJoint(reader);
  return read;
}

function readGroup(reader: Reader): Filter | undefined {
  const inside = readAlternatives(reader);
  if (reader.takeSign(")")) return inside;
  return reader.problem({
    code: "unclosed",
    span: reader.end,
    message: "a `(` is not closed",
    hint: "write `)` after the last condition of the group",
  });
}

/** After a condition comes `and`, `or`, the end of the group or of the text. */
function expectJoint(reader: Reader): void {
  const next = reader.peek();
  if (next === undefined || isJoint(next) || next.kind === ")") return;
  reader.problem(unexpected(next, "join conditions with `and` or `or`"));
  reader.skipToJoint();
}

function unexpected({ from, to, text }: Token, hint: string): FilterDiagnostic {
  return { code: "unexpected", span: { from, to }, message: `\`${text}\` was not expected here`, hint };
}
