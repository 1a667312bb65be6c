import type { Field, Operator, Term, Value } from "./ast";
import type { FilterDiagnostic, Span } from "./diagnostic";
import { familyOf, fieldNames, isLabelKey, longestFlowRangeMs, specOf, type FieldName, type FieldSpec } from "./fields";
import type { Token } from "./lexer";
import { limits } from "./limits";
import { printField, printValue } from "./printer";
import type { Reader } from "./reader";
import { readPatternValue, readValue } from "./values";

/** How a field may be compared, as a person writes it. */
export function operatorsOf({ kind }: FieldSpec): readonly string[] {
  const equality = ["=", "!=", "in", "not in"];
  if (kind === "text") return [...equality, "~", "!~"];
  return kind === "choice" || kind === "address" || kind === "search" ? equality : [...equality, "<", "<=", ">", ">="];
}

// condition = "has" field | field comparison
export function readCondition(reader: Reader): Term | undefined {
  if (!reader.countTerm()) return undefined;
  if (reader.takeWord("has")) {
    reader.expects({ kind: "optional-field" });
    const span = reader.peek() ?? reader.end;
    const field = readField(reader);
    if (field === undefined) return undefined;
    if (!specOf(field.name).optional) return alwaysThere(reader, field, span);
    return { kind: "term", field, operator: "has", values: [] };
  }
  const field = readField(reader);
  return field && readComparison(reader, field);
}

// field = word | family "." ( word | quoted )
function readField(reader: Reader): Field | undefined {
  const token = reader.take();
  if (token === undefined)
    return missing(reader, reader.end, { message: "a condition was expected", example: "action = deny" });
  const field = namedField(reader, token);
  if (field === undefined || specOf(field.name).answeredBy.includes(reader.answeredBy)) return field;
  return reader.problem({
    code: "unanswerable",
    span: spanOf(token),
    message: `\`${printField(field)}\` is known of single flows, not of what is summed up over a longer range`,
    hint: `take it out, or choose a range of at most ${longestFlowRangeMs / 3_600_000} h`,
  });
}

function namedField(reader: Reader, token: Token): Field | undefined {
  if (token.kind === "unclosed") return unclosedQuote(reader, token);
  if (token.kind !== "word") return reader.problem(unknownField(token));
  const family = familyOf(token.text) ?? familyOf(`${token.text}.`);
  if (family !== undefined && specOf(family.name).keyed) return labelField(reader, token, family);
  const name = fieldNames.find((each) => each === token.text);
  return name === undefined ? reader.problem(unknownField(token)) : { name };
}

function labelField(
  reader: Reader,
  token: Token,
  { name, key: written }: { readonly name: FieldName; readonly key: string },
): Field | undefined {
  const next = reader.peek();
  const isQuoted = token.text.endsWith(".") && next?.from === token.to && next.kind === "quoted";
  const key = isQuoted ? written + next.text : written;
  if (isQuoted) reader.take();
  if (key === "") {
    const span = { from: token.to, to: token.to };
    return missing(reader, span, { message: `\`${name}\` wants the key of a label`, example: `${name}.app = web` });
  }
  if (isLabelKey(key)) return { name, key };
  return reader.problem({
    code: "unknown-field",
    span: { from: token.from, to: isQuoted ? next.to : token.to },
    message: `\`${key}\` is no key of a label`,
    hint: "keys are like `app` or `app.kubernetes.io/name`",
  });
}

// comparison = ( "=" | "!=" ) value | ( "<" | "<=" | ">" | ">=" ) value | [ "not" ] "in" values | ( "~" | "!~" ) pattern
function readComparison(reader: Reader, field: Field): Term | undefined {
  reader.expects({ kind: "operator", field });
  const first = reader.take();
  if (first === undefined)
    return missing(reader, reader.end, {
      message: `\`${printField(field)}\` wants a value`,
      example: exampleOf(field),
    });
  const operator = readOperator(reader, first);
  if (operator === "incomplete") return undefined;
  if (operator === undefined || !operatorsOf(specOf(field.name)).includes(operator)) {
    return reader.problem(notComparable(first, field));
  }
  const values = readOperand(reader, { field, operator });
  if (values === undefined) return undefined;
  return { kind: "term", field, operator: operator === "=" ? "in" : operator === "!=" ? "not in" : operator, values };
}

type Written = Operator | "=" | "!=";

function readOperator(reader: Reader, first: Token): Written | "incomplete" | undefined {
  const word = first.kind === "word" ? first.text.toLowerCase() : "";
  if (word === "in") return "in";
  if (word === "not") {
    reader.expects({ kind: "in" });
    if (reader.takeWord("in")) return "not in";
    missing(reader, reader.peek() ?? reader.end, {
      message: "`not` wants `in` after a field",
      example: "port not in (80, 443)",
    });
    return "incomplete";
  }
  const signs = ["=", "!=", "<", "<=", ">", ">=", "~", "!~"] as const;
  return signs.find((sign) => sign === first.kind);
}

interface Compared {
  readonly field: Field;
  readonly operator: Written;
}

function readOperand(reader: Reader, { field, operator }: Compared): readonly Value[] | undefined {
  if (operator === "~" || operator === "!~") {
    reader.expects({ kind: "pattern", field });
    return alone(readOne(reader, field, "pattern"));
  }
  if (operator === "in" || operator === "not in") {
    reader.expects({ kind: "list" });
    if (reader.takeSign("(")) return readList(reader, field);
  }
  reader.expects({ kind: "value", field, inList: false });
  const token = reader.peek();
  const value = readOne(reader, field, "value");
  if (value?.kind !== "ports" || value.from === value.to || !/^[<>]/.test(operator)) return alone(value);
  return reader.problem({
    code: "unknown-value",
    span: spanOf(token ?? reader.end),
    message: `\`${operator}\` wants one port, not a range`,
    hint: `for example \`port ${operator} ${value.from}\``,
  });
}

const alone = (value: Value | undefined) => value && [value];

// values = value | "(" value { "," value } ")"
function readList(reader: Reader, field: Field): readonly Value[] | undefined {
  const values = new Map<string, Value>();
  let isWhole = true;
  for (;;) {
    reader.expects({ kind: "value", field, inList: true });
    const value = readOne(reader, field, "value");
    if (value === undefined) isWhole = false;
    else values.set(printValue(field, value), value);
    reader.expects({ kind: "more-values" });
    const next = reader.peek();
    if (next?.kind === ")") {
      reader.take();
      if (values.size > limits.values) return tooMany(reader, next);
      return isWhole ? [...values.values()] : undefined;
    }
    if (next?.kind !== ",") {
      const span = spanOf(next ?? reader.end);
      return reader.problem({
        code: "unclosed",
        span,
        message: "the list is not closed",
        hint: "write `)` after the last value",
      });
    }
    reader.take();
  }
}

// value = word | quoted ; pattern = word | quoted
function readOne(reader: Reader, field: Field, as: "value" | "pattern"): Value | undefined {
  const token = reader.peek();
  if (token === undefined)
    return missing(reader, reader.end, {
      message: `\`${printField(field)}\` wants a value`,
      example: exampleOf(field),
    });
  if (token.kind === "unclosed") {
    reader.take();
    return unclosedQuote(reader, token);
  }
  if (token.kind !== "word" && token.kind !== "quoted") {
    const hint = token.kind === "(" ? "for several values write `in (…, …)`" : "put it in quotes if it is one";
    return reader.problem({
      code: "missing-value",
      span: spanOf(token),
      message: `\`${token.text}\` is no value`,
      hint,
    });
  }
  reader.take();
  const read = as === "pattern" ? readPatternValue(token.raw) : readValue(specOf(field.name), token.text);
  return read.ok ? read.value : reader.problem({ ...read.error, span: spanOf(token) });
}

const spanOf = ({ from, to }: Span): Span => ({ from, to });

/** A condition on a field as an example of its use. */
function exampleOf(field: Field): string {
  const { kind, choices } = specOf(field.name);
  const values = {
    bytes: "> 1MB",
    count: "> 100",
    port: "= 443",
    address: "in 10.0.0.0/8",
    text: "= …",
    search: "= …",
  };
  return `${printField(field)} ${kind === "choice" ? `= ${choices?.[0] ?? ""}` : values[kind]}`;
}

function missing(
  reader: Reader,
  span: Span,
  { message, example }: { readonly message: string; readonly example: string },
): undefined {
  return reader.problem({ code: "missing-value", span: spanOf(span), message, hint: `for example \`${example}\`` });
}

function unclosedQuote(reader: Reader, token: Token): undefined {
  return reader.problem({ code: "unclosed", span: spanOf(token), message: 'a `"` is not closed' });
}

function alwaysThere(reader: Reader, field: Field, span: Span): undefined {
  return reader.problem({
    code: "not-comparable",
    span: spanOf(span),
    message: `every flow has \`${printField(field)}\``,
    hint: `compare it: \`${exampleOf(field)}\``,
  });
}

function tooMany(reader: Reader, token: Token): undefined {
  return reader.problem({
    code: "too-large",
    span: spanOf(token),
    message: `a list has at most ${limits.values} values`,
  });
}

function notComparable(token: Token, field: Field): FilterDiagnostic {
  const operators = operatorsOf(specOf(field.name)).map((each) => `\`${each}\``);
  return {
    code: "not-comparable",
    span: spanOf(token),
    message: `\`${printField(field)}\` cannot be compared with \`${token.text}\``,
    hint: `write ${operators.slice(0, -1).join(", ")} or ${operators.at(-1) ?? ""}`,
  };
}

function unknownField({ from, to, text }: Token): FilterDiagnostic {
  const near =
    fieldNames.find((name) => name.includes(text.toLowerCase())) ??
    fieldNames.find((name) => name.startsWith(text.slice(0, 2).toLowerCase()));
  return {
    code: "unknown-field",
    span: { from, to },
    message: `there is no field \`${text}\``,
    hint:
      near === undefined
        ? `fields are ${fieldNames.slice(0, 6).join(", ")}, …; \`text = …\` finds any name`
        : `did you mean \`${near}\`?`,
  };
}
