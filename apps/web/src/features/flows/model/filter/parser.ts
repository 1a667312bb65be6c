import { err, ok, type Result } from "@isthmus/std";
import type { Filter, FilterDiagnostic, Span, Term } from "./ast";
import { fieldNames, isField, specOf, type FieldName } from "./fields";
import { tokensOf, type Token } from "./lexer";

/** Parses a filter; the diagnostics of all its terms come together. An empty text is the filter that holds for all. */
export function parseFilter(text: string): Result<Filter, readonly FilterDiagnostic[]> {
  const reader = readerOf(text);
  const terms: Term[] = [];
  const problems: FilterDiagnostic[] = [];
  // filter = "" | term ("and" term)*
  while (reader.peek() !== undefined) {
    const term = parseTerm(reader);
    if (term.ok) terms.push(term.value);
    else {
      problems.push(term.error);
      reader.skipPast((token) => token.kind === "word" && token.text.toLowerCase() === "and");
      continue;
    }
    const and = reader.peek();
    if (and === undefined) break;
    if (and.kind === "word" && and.text.toLowerCase() === "and") {
      reader.take();
      if (reader.peek() === undefined)
        problems.push(missing(reader.end, "`and` wants another condition", "action = deny"));
    } else {
      problems.push({
        code: "unexpected",
        span: and,
        message: `\`${and.text}\` was not expected here`,
        hint: "join conditions with `and`",
      });
      reader.skipPast((token) => token.kind === "word" && token.text.toLowerCase() === "and");
    }
  }
  problems.push(...repeated(terms, text));
  return problems.length > 0 ? err(problems) : ok(terms);
}

interface Reader {
  readonly peek: () => Token | undefined;
  readonly take: () => Token | undefined;
  readonly skipPast: (stop: (token: Token) => boolean) => void;
  readonly end: Span;
}

function readerOf(text: string): Reader {
  const tokens = tokensOf(text);
  let at = 0;
  return {
    peek: () => tokens[at],
    take: () => tokens[at++],
    skipPast: (stop) => {
      for (let token = tokens[at++]; token !== undefined && !stop(token);) token = tokens[at++];
    },
    end: { from: text.length, to: text.length },
  };
}

// term = field ("=" value | "in" "(" value ("," value)* ")")
function parseTerm(reader: Reader): Result<Term, FilterDiagnostic> {
  const first = reader.take();
  if (first === undefined) return err(missing(reader.end, "a condition was expected", "action = deny"));
  if (first.kind === "unclosed") return err({ code: "unclosed", span: first, message: 'a `"` is not closed' });
  if (first.kind !== "word" || !isField(first.text)) return err(unknownField(first));
  const operator = reader.take();
  if (operator === undefined) return err(missing(reader.end, `\`${first.text}\` wants a value`, `${first.text} = …`));
  if (operator.kind === "=") {
    const value = parseValue(reader, first.text);
    return value.ok ? ok({ field: first.text, values: [value.value] }) : value;
  }
  if (operator.kind === "word" && operator.text.toLowerCase() === "in") return parseList(reader, first.text);
  return err({
    code: "unexpected",
    span: operator,
    message: `\`${operator.text}\` is no way to compare`,
    hint: `write \`${first.text} = …\` or \`${first.text} in (…, …)\``,
  });
}

function parseList(reader: Reader, field: FieldName): Result<Term, FilterDiagnostic> {
  const open = reader.take();
  if (open?.kind !== "(") return err(missing(open ?? reader.end, "`in` wants a list", `${field} in (…, …)`));
  const values: string[] = [];
  for (;;) {
    const value = parseValue(reader, field);
    if (!value.ok) return value;
    if (!values.includes(value.value)) values.push(value.value);
    const next = reader.take();
    if (next?.kind === ")") return ok({ field, values });
    if (next?.kind !== ",")
      return err({
        code: "unclosed",
        span: next ?? reader.end,
        message: "the list is not closed",
        hint: "write `)` after the last value",
      });
  }
}

// value = word | quoted
function parseValue(reader: Reader, field: FieldName): Result<string, FilterDiagnostic> {
  const token = reader.take();
  if (token === undefined) return err(missing(reader.end, `\`${field}\` wants a value`, exampleOf(field)));
  if (token.kind === "unclosed") return err({ code: "unclosed", span: token, message: 'a `"` is not closed' });
  if ((token.kind !== "word" && token.kind !== "quoted") || token.text === "") {
    return err(missing(token, `\`${token.text}\` is no value; put it in quotes if it is one`, exampleOf(field)));
  }
  const { type, choices } = specOf(field);
  if (type === "number" && !(/^\d{1,5}$/.test(token.text) && Number(token.text) <= 65_535)) {
    return err({
      code: "unknown-value",
      span: token,
      message: `\`${token.text}\` is no port`,
      hint: "a number from 0 to 65535",
    });
  }
  if (choices !== undefined && !choices.includes(token.text)) {
    return err({
      code: "unknown-value",
      span: token,
      message: `\`${field}\` is never \`${token.text}\``,
      hint: `one of ${choices.join(", ")}`,
    });
  }
  // One number has one notation, so that a filter's text is its identity.
  return ok(type === "number" ? String(Number(token.text)) : token.text);
}

const exampleOf = (field: FieldName) =>
  `${field} = ${specOf(field).choices?.[0] ?? (specOf(field).type === "number" ? "443" : "…")}`;

const missing = ({ from, to }: Span, message: string, example: string): FilterDiagnostic => ({
  code: "missing-value",
  span: { from, to },
  message,
  hint: `for example \`${example}\``,
});

function unknownField({ from, to, text }: Token): FilterDiagnostic {
  const near =
    fieldNames.find((name) => name.includes(text.toLowerCase())) ??
    fieldNames.find((name) => name.startsWith(text.slice(0, 2).toLowerCase()));
  return {
    code: "unknown-field",
    span: { from, to },
    message: `there is no field \`${text}\``,
    hint: near === undefined ? `fields are ${fieldNames.slice(0, 6).join(", ")}, …` : `did you mean \`${near}\`?`,
  };
}

function repeated(terms: readonly Term[], text: string): readonly FilterDiagnostic[] {
  const seen = new Set<FieldName>();
  return terms.flatMap(({ field }) => {
    if (!seen.has(field)) {
      seen.add(field);
      return [];
    }
    const from = text.lastIndexOf(field);
    return [
      {
        code: "repeated-field" as const,
        span: { from, to: from + field.length },
        message: `\`${field}\` is said twice`,
        hint: `write \`${field} in (…, …)\` for any of several`,
      },
    ];
  });
}
