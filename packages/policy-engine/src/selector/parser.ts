import { err, ok, type Result } from "@isthmus/std";
import type { Diagnostic } from "../diagnostic";
import { compareBytes } from "../text/order";
import type { CompareOperator, SelectorNode } from "./ast";
import { tokenize } from "./lexer";
import type { Token, TokenKind } from "./token";

/**
 * Deepest nesting of parentheses. A selector of 1,024 characters (the limit of Calico's CRDs) cannot nest deeper; the
 * bound keeps hostile text from overflowing the stack.
 */
const MAX_DEPTH = 512;

/** At most so many errors are told at once. */
const MAX_DIAGNOSTICS = 20;

interface Cursor {
  readonly tokens: readonly Token[];
  readonly diagnostics: Diagnostic[];
  at: number;
  depth: number;
}

/** Stands for what could not be read; it never leaves this file, since there is an error beside it. */
const UNREADABLE: SelectorNode = { kind: "all" };

const COMPARE: ReadonlySet<TokenKind> = new Set(["==", "!=", "contains", "starts with", "ends with"]);
const isCompare = (kind: TokenKind): kind is CompareOperator => COMPARE.has(kind);

const END: Token = { kind: "end", value: "", span: { start: 0, end: 0 } };
const peek = (c: Cursor): Token => c.tokens[c.at] ?? c.tokens.at(-1) ?? END;

function next(c: Cursor): Token {
  const token = peek(c);
  if (token.kind !== "end") c.at += 1;
  return token;
}

const spell = (token: Token): string => {
  if (token.kind === "end") return "the end";
  if (token.kind === "label") return `\`${token.value}\``;
  if (token.kind === "string") return `the string \`${token.value}\``;
  return token.kind === "has" ? `\`has(${token.value})\`` : `\`${token.kind}\``;
};

/** Records an error and skips to where an operation could end, so that the rest is read too. */
function fail(c: Cursor, code: string, detail: { message: string; hint: string }): SelectorNode {
  c.diagnostics.push({ code, severity: "error", path: [], span: peek(c).span, ...detail });
  const stops: ReadonlySet<TokenKind> = new Set(["&&", "||", ")", "end"]);
  while (!stops.has(peek(c).kind)) next(c);
  return UNREADABLE;
}

// expression = conjunction { "||" conjunction }
function parseExpression(c: Cursor): SelectorNode {
  const operands = [parseConjunction(c)];
  while (peek(c).kind === "||") {
    next(c);
    operands.push(parseConjunction(c));
  }
  const [only, ...more] = operands;
  return only && more.length === 0 ? only : { kind: "or", operands };
}

// conjunction = operation { "&&" operation }
function parseConjunction(c: Cursor): SelectorNode {
  const operands = [parseOperation(c)];
  while (peek(c).kind === "&&") {
    next(c);
    operands.push(parseOperation(c));
  }
  const [only, ...more] = operands;
  return only && more.length === 0 ? only : { kind: "and", operands };
}

// operation = { "!" } primary; pairs of "!" cancel
function parseOperation(c: Cursor): SelectorNode {
  let negated = false;
  while (peek(c).kind === "!") {
    next(c);
    negated = !negated;
  }
  const operand = parsePrimary(c);
  return negated ? { kind: "not", operand } : operand;
}

// primary = "has(" label ")" | "all()" | "global()" | comparison | "(" expression ")"
function parsePrimary(c: Cursor): SelectorNode {
  const token = peek(c);
  switch (token.kind) {
    case "has":
      next(c);
      return { kind: "has", label: token.value };
    case "all":
    case "global":
      next(c);
      return { kind: token.kind };
    case "label":
      next(c);
      return parseComparison(c, token.value);
    case "(":
      return parseGroup(c);
    case "string":
      return fail(c, "expected-label", {
        message: `expected a label, found ${spell(token)}`,
        hint: "a label name is written without quotes, on the left",
      });
    default:
      return fail(c, "expected-operation", {
        message: `expected a condition, found ${spell(token)}`,
        hint: "write for instance app == 'cart' or has(app)",
      });
  }
}

function parseGroup(c: Cursor): SelectorNode {
  if (c.depth >= MAX_DEPTH) {
    c.diagnostics.push({
      code: "too-deep",
      severity: "error",
      path: [],
      span: peek(c).span,
      message: "parentheses are nested too deeply",
      hint: `at most ${MAX_DEPTH} levels are read`,
    });
    c.at = c.tokens.length - 1;
    return UNREADABLE;
  }
  next(c);
  c.depth += 1;
  const inner = parseExpression(c);
  c.depth -= 1;
  if (peek(c).kind === ")") next(c);
  else if (c.diagnostics.length === 0) {
    return fail(c, "expected-parenthesis", {
      message: `expected \`)\`, found ${spell(peek(c))}`,
      hint: "every ( needs its )",
    });
  }
  return inner;
}

// comparison = label ( "==" | "!=" | "contains" | "starts with" | "ends with" ) string | label ( "in" | "not in" ) set
function parseComparison(c: Cursor, label: string): SelectorNode {
  const { kind: operator } = peek(c);
  if (operator === "in" || operator === "not in") {
    next(c);
    return parseSet(c, label, operator);
  }
  if (!isCompare(operator)) {
    return fail(c, "expected-operator", {
      message: `expected an operator after \`${label}\`, found ${spell(peek(c))}`,
      hint: `write ${label} == 'value' or has(${label})`,
    });
  }
  next(c);
  const value = peek(c);
  if (value.kind === "string") {
    next(c);
    return { kind: "compare", operator, label, value: value.value };
  }
  return fail(c, "expected-string", {
    message: `expected a quoted value after \`${operator}\`, found ${spell(value)}`,
    hint: value.kind === "label" ? `write '${value.value}' in quotes` : "values are written in quotes",
  });
}

// set = "{" [ string { "," string } [ "," ] ] "}"
function parseSet(c: Cursor, label: string, operator: "in" | "not in"): SelectorNode {
  if (peek(c).kind !== "{") {
    return fail(c, "expected-set", {
      message: `expected \`{\` after \`${operator}\`, found ${spell(peek(c))}`,
      hint: `write ${label} ${operator} {'a', 'b'}`,
    });
  }
  next(c);
  const values = new Set<string>();
  while (peek(c).kind === "string") {
    values.add(next(c).value);
    if (peek(c).kind !== ",") break;
    next(c);
  }
  if (peek(c).kind !== "}") {
    return fail(c, "expected-brace", {
      message: `expected \`}\`, found ${spell(peek(c))}`,
      hint: "a set is a list of quoted values in braces",
    });
  }
  next(c);
  return { kind: "membership", operator, label, values: [...values].sort(compareBytes) };
}

function report(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const start = (d: Diagnostic) => d.span?.start ?? 0;
  return [...diagnostics].sort((a, b) => start(a) - start(b)).slice(0, MAX_DIAGNOSTICS);
}

/**
 * Parses a Calico selector. Blank text selects everything (`all()`). Spans of the diagnostics count UTF-16 code units
 * of `text`. The grammar is that of Calico's documentation, "Selectors".
 */
export function parseSelector(text: string): Result<SelectorNode, readonly Diagnostic[]> {
  const { tokens, diagnostics } = tokenize(text);
  if (tokens.length === 1 && diagnostics.length === 0) return ok({ kind: "all" });
  const cursor: Cursor = { tokens, diagnostics: [...diagnostics], at: 0, depth: 0 };
  const lexed = cursor.diagnostics.length;
  const node = parseExpression(cursor);
  while (peek(cursor).kind !== "end") {
    const token = peek(cursor);
    const hint = token.kind === ")" ? "there is no ( for it" : "join conditions with && or ||";
    fail(cursor, "unexpected-token", { message: `unexpected ${spell(token)}`, hint });
    if (peek(cursor).kind === "end") break;
    next(cursor);
    if (peek(cursor).kind !== "end") parseExpression(cursor);
  }
  // What the lexer could not read often makes the parser stumble over the gap: tell the cause alone.
  const found = lexed > 0 ? cursor.diagnostics.slice(0, lexed) : cursor.diagnostics;
  return found.length > 0 ? err(report(found)) : ok(node);
}
