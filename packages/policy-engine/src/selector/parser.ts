import { err, ok, type Result } from "@isthmus/std";
import type { Diagnostic } from "../diagnostic";
import { compareBytes } from "../text/order";
import type { CompareOperator, SelectorNode } from "./ast";
import { brief, firstMistakes, shown, spell, wordOperator, type Mistake } from "./diagnostics";
import { tokenize } from "./lexer";
import type { TokenKind } from "./token";
import { complain, giveUp, next, peek, skip, take, type Cursor } from "./tokens";

/**
 * Deepest nesting of parentheses. A selector of 1,024 characters (the limit of Calico's CRDs) cannot nest deeper; the
 * bound keeps hostile text from overflowing the stack.
 */
const MAX_DEPTH = 512;

/** Stands for what could not be read; it never leaves this file, since there is an error beside it. */
const UNREADABLE: SelectorNode = { kind: "all" };

const COMPARE: ReadonlySet<TokenKind> = new Set(["==", "!=", "contains", "starts with", "ends with"]);
const isCompare = (kind: TokenKind): kind is CompareOperator => COMPARE.has(kind);

const STARTS: ReadonlySet<TokenKind> = new Set(["label", "has", "all", "global", "(", "!"]);

/** Records a mistake and skips to where a condition could end, so that the rest is read too. */
function fail(c: Cursor, mistake: Mistake): SelectorNode {
  complain(c, mistake);
  skip(c);
  return UNREADABLE;
}

// expression = conjunction { "||" conjunction }
function parseExpression(c: Cursor): SelectorNode {
  const operands = [parseConjunction(c)];
  while (take(c, "||")) operands.push(parseConjunction(c));
  const [only, ...more] = operands;
  return only && more.length === 0 ? only : { kind: "or", operands };
}

// conjunction = operation { "&&" operation }
function parseConjunction(c: Cursor): SelectorNode {
  const operands = [parseOperation(c)];
  while (joined(c)) operands.push(parseOperation(c));
  const [only, ...more] = operands;
  return only && more.length === 0 ? only : { kind: "and", operands };
}

/** Whether another condition of the conjunction follows; one that lacks its `&&` is complained of and read all the same. */
function joined(c: Cursor): boolean {
  if (take(c, "&&")) return true;
  const { kind } = peek(c);
  if (kind === "||" || kind === ")" || kind === "end") return false;
  const joins = STARTS.has(kind) || kind === ",";
  const hint = isCompare(kind)
    ? "a comparison is label, operator, value: app == 'cart'"
    : "join conditions with && or ||";
  complain(c, { code: "unexpected-token", message: `unexpected ${spell(peek(c))}`, hint });
  if (kind === ",") next(c);
  if (joins && STARTS.has(peek(c).kind)) return true;
  skip(c);
  return take(c, "&&");
}

// operation = { "!" } primary; pairs of "!" cancel
function parseOperation(c: Cursor): SelectorNode {
  let negated = false;
  while (take(c, "!")) negated = !negated;
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
      return parseComparison(c);
    case "(":
      return parseGroup(c);
    case "string":
      return fail(c, {
        code: "expected-label",
        message: `expected a label, found ${spell(token)}`,
        hint: "a label name stands on the left, without quotes; for several values write app in {'a', 'b'}",
      });
    default:
      return fail(c, {
        code: "expected-operation",
        message: `expected a condition, found ${spell(token)}`,
        hint: "write for instance app == 'cart' or has(app)",
      });
  }
}

function parseGroup(c: Cursor): SelectorNode {
  const open = next(c);
  if (c.depth >= MAX_DEPTH) {
    const hint = `at most ${MAX_DEPTH} levels are read`;
    complain(c, { code: "too-deep", message: "parentheses are nested too deeply", hint }, open.span);
    giveUp(c);
    return UNREADABLE;
  }
  c.depth += 1;
  const inner = parseExpression(c);
  c.depth -= 1;
  if (take(c, ")")) return inner;
  complain(c, { code: "expected-parenthesis", message: "`(` is never closed", hint: "every ( needs its )" }, open.span);
  return inner;
}

/** A label before a parenthesis: a function that does not exist, or one that is written with a space. */
function parseCallLike(c: Cursor, label: string): SelectorNode {
  const { span } = c.tokens[c.at - 1] ?? peek(c);
  if (label.toLowerCase() === "not") complain(c, wordOperator(label, "!"), span);
  else {
    const name = ["has", "all", "global"].find((known) => known === label.toLowerCase());
    const hint = name ? `write ${name}( in lower case and without a space` : "there are has(label), all() and global()";
    complain(c, { code: "unknown-function", message: `${shown(`${label}(`)} is not a function`, hint }, span);
  }
  if (label.toLowerCase() === "not") return parseGroup(c);
  while (peek(c).kind !== ")" && peek(c).kind !== "end") next(c);
  take(c, ")");
  return UNREADABLE;
}

// comparison = label ( "==" | "!=" | "contains" | "starts with" | "ends with" ) string | label ( "in" | "not in" ) set
function parseComparison(c: Cursor): SelectorNode {
  const { value: label } = next(c);
  const { kind: operator } = peek(c);
  if (operator === "(") return parseCallLike(c, label);
  if (operator === "in" || operator === "not in") {
    next(c);
    return parseSet(c, label, operator);
  }
  if (!isCompare(operator)) {
    return fail(c, {
      code: "expected-operator",
      message: `expected an operator after ${shown(label)}, found ${spell(peek(c))}`,
      hint: `write ${brief(label, "label")} == 'value', or has(${brief(label, "label")}) where any value will do`,
    });
  }
  next(c);
  const value = peek(c);
  if (value.kind === "string") {
    next(c);
    return { kind: "compare", operator, label, value: value.value };
  }
  complain(c, {
    code: "expected-string",
    message: `expected a quoted value after \`${operator}\`, found ${spell(value)}`,
    hint:
      value.kind === "label"
        ? `write '${brief(value.value, "value")}' in quotes`
        : "values are written in quotes: 'value'",
  });
  if (value.kind === "label" || value.kind === "unreadable") next(c);
  return UNREADABLE;
}

// set = "{" [ string { "," string } [ "," ] ] "}"
function parseSet(c: Cursor, label: string, operator: "in" | "not in"): SelectorNode {
  const open = peek(c);
  if (open.kind !== "{") return parseWrongSet(c, operator);
  next(c);
  const values = new Set<string>();
  for (;;) {
    const { kind, value } = peek(c);
    if (kind === "label") {
      complain(c, { code: "expected-string", message: `${shown(value)} has no quotes`, hint: "write {'a', 'b'}" });
    } else if (kind !== "string" && kind !== "unreadable") break;
    values.add(next(c).value);
    const after = peek(c).kind;
    if (take(c, ",")) continue;
    if (after !== "string" && after !== "label") break;
    complain(c, { code: "expected-comma", message: "values are separated by commas", hint: "write {'a', 'b'}" });
  }
  if (take(c, "}")) return { kind: "membership", operator, label, values: [...values].sort(compareBytes) };
  const found = peek(c);
  const message = found.kind === "end" ? "`{` is never closed" : `expected \`}\`, found ${spell(found)}`;
  const hint = "a set is a list of quoted values in braces: {'a', 'b'}";
  complain(c, { code: "expected-brace", message, hint }, found.kind === "end" ? open.span : found.span);
  skip(c);
  return UNREADABLE;
}

/** After `in` stands something else than a set; what looks like one in other brackets is passed over. */
function parseWrongSet(c: Cursor, operator: "in" | "not in"): SelectorNode {
  const found = peek(c);
  const message = `expected \`{\` after \`${operator}\`, found ${spell(found)}`;
  complain(c, { code: "expected-set", message, hint: "write the values in braces: {'a', 'b'}" });
  if (take(c, "(")) {
    skip(c);
    take(c, ")");
  } else if (found.kind === "string" || found.kind === "label" || found.kind === "unreadable") next(c);
  return UNREADABLE;
}

/**
 * Parses a Calico selector. Blank text selects everything (`all()`). Spans of the diagnostics count UTF-16 code units
 * of `text`. The grammar is that of Calico's parser (libcalico-go/lib/selector/parser); what is more than it says, such
 * as a missing `&&`, is read so that the mistakes after it are found too, and never accepted.
 */
export function parseSelector(text: string): Result<SelectorNode, readonly Diagnostic[]> {
  const { tokens, diagnostics } = tokenize(text);
  if (tokens.length === 1 && diagnostics.length === 0) return ok({ kind: "all" });
  const cursor: Cursor = { tokens, diagnostics: [...diagnostics], at: 0, depth: 0, muted: false };
  const node = parseExpression(cursor);
  while (peek(cursor).kind !== "end") {
    const message = `unexpected ${spell(peek(cursor))}`;
    complain(cursor, { code: "unexpected-token", message, hint: "there is no ( for it" });
    next(cursor);
    if (take(cursor, "&&") || take(cursor, "||") || STARTS.has(peek(cursor).kind)) parseExpression(cursor);
    else if (peek(cursor).kind !== ")") skip(cursor);
  }
  return cursor.diagnostics.length > 0 ? err(firstMistakes(cursor.diagnostics)) : ok(node);
}
