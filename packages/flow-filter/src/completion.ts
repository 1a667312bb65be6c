import type { Field } from "./ast";
import { operatorsOf } from "./condition";
import type { Span } from "./diagnostic";
import { familyOf, fieldNames, isLabelKey, specOf, type FacetName, type FieldName, type FieldSpec } from "./fields";
import { tokensOf, type Token } from "./lexer";
import { expectedAfter } from "./parser";
import { printText } from "./printer";
import type { Expectation } from "./reader";
import { readValue } from "./values";

/** What may be written at the caret. */
export interface Completion {
  /** What is being typed there, without quotes. */
  readonly typed: string;
  /** What an offer replaces. */
  readonly span: Span;
  readonly expected: readonly Expectation[];
}

/** What the text before the caret asks for next. */
export function completionAt(text: string, caret: number): Completion {
  const last = tokensOf(text.slice(0, caret)).at(-1);
  const typing = last !== undefined && last.to === caret && isBeingTyped(last) ? last : undefined;
  const from = typing?.from ?? caret;
  return { typed: typing?.text ?? "", span: { from, to: caret }, expected: expectedAfter(text.slice(0, from)) };
}

/** A word that ends at the caret is still being typed, and so is a half operator. */
const isBeingTyped = ({ kind, text }: Token) => kind === "word" || kind === "unclosed" || text === "!";

/** A way to go on: `insert` replaces the span of the completion. */
export interface Offer {
  readonly label: string;
  readonly about?: string;
  /** How often the value occurs in the range. */
  readonly count?: number;
  readonly insert: string;
}

/** Values that occur, by facet. */
export type Occurring = Partial<Record<FacetName, readonly { readonly value: string; readonly flows: number }[]>>;

const maxOffers = 10;

/** What to offer at the caret, best first; each of them goes on with a filter that parses. */
export function offersFor({ typed, expected }: Completion, occurring: Occurring): readonly Offer[] {
  return expected.flatMap((each) => offersOf(each, typed, occurring)).slice(0, maxOffers);
}

function offersOf(expectation: Expectation, typed: string, occurring: Occurring): readonly Offer[] {
  switch (expectation.kind) {
    case "condition":
      return [...fieldOffers(typed, fieldNames), ...signOffers(typed, beginnings)];
    case "optional-field":
      return fieldOffers(
        typed,
        fieldNames.filter((name) => specOf(name).optional),
      );
    case "operator":
      return operatorOffers(typed, operatorsOf(specOf(expectation.field.name)));
    case "in":
      return signOffers(typed, [["in", "one of", "in ("]]);
    case "list":
      return signOffers(typed, [["(", "several values", "("]]);
    case "value":
      return valueOffers(expectation, typed, occurring);
    case "pattern":
      return patternOffers(typed);
    case "more-values":
      return signOffers(typed, [
        [",", "another value", ", "],
        [")", "end of the list", ") "],
      ]);
    case "joint":
      return signOffers(typed, expectation.open ? [...joints, [")", "end of the group", ") "]] : joints);
  }
}

type Sign = readonly [label: string, about: string, insert: string];

const beginnings: readonly Sign[] = [
  ["not", "the opposite of what follows", "not "],
  ["has", "the flow has a …", "has "],
  ["(", "a group", "("],
];
const joints: readonly Sign[] = [
  ["and", "both hold", "and "],
  ["or", "either holds", "or "],
];
const operators: Readonly<Record<string, Sign>> = {
  "=": ["=", "is", "= "],
  "!=": ["!=", "is not", "!= "],
  in: ["in (…)", "is one of", "in ("],
  "not in": ["not in (…)", "is none of", "not in ("],
  "~": ["~", "matches a regular expression", '~ "'],
  "!~": ["!~", "matches no such", '!~ "'],
  "<": ["<", "is less than", "< "],
  "<=": ["<=", "is at most", "<= "],
  ">": [">", "is more than", "> "],
  ">=": [">=", "is at least", ">= "],
};

const operatorOffers = (typed: string, names: readonly string[]) =>
  signOffers(
    typed,
    names.map((name) => operators[name]).filter((sign) => sign !== undefined),
  );

const signOffers = (typed: string, signs: readonly Sign[]): readonly Offer[] =>
  signs
    .filter(([label]) => label.startsWith(typed.toLowerCase()))
    .map(([label, about, insert]) => ({ label, about, insert }));

function fieldOffers(typed: string, names: readonly FieldName[]): readonly Offer[] {
  const word = typed.toLowerCase();
  const family = familyOf(typed);
  if (family !== undefined && isLabelKey(family.key)) {
    return [{ label: typed, about: specOf(family.name).about, insert: `${typed} ` }];
  }
  const rank = (name: string) => (name.startsWith(word) ? 0 : 1);
  return names
    .filter((name) => name.includes(word))
    .sort((a, b) => rank(a) - rank(b))
    .map((name) => {
      const { about, keyed } = specOf(name);
      return keyed ? { label: `${name}.…`, about, insert: `${name}.` } : { label: name, about, insert: `${name} ` };
    });
}

function valueOffers(
  { field, inList }: { readonly field: Field; readonly inList: boolean },
  typed: string,
  occurring: Occurring,
): readonly Offer[] {
  const spec = specOf(field.name);
  const seen = spec.facet === undefined ? [] : (occurring[spec.facet] ?? []);
  return (spec.choices?.map((value) => ({ value })) ?? [...seen, ...writtenValues(spec, typed)])
    .filter(({ value }) => value.toLowerCase().includes(typed.toLowerCase()) && readValue(spec, value).ok)
    .slice(0, maxOffers)
    .map(({ value }) => {
      const flows = seen.find((each) => each.value === value)?.flows;
      const text = printText(value);
      return { label: value, insert: inList ? text : `${text} `, ...(flows === undefined ? {} : { count: flows }) };
    });
}

/** Units for a number of bytes that is being typed. */
function writtenValues({ kind }: FieldSpec, typed: string): readonly { readonly value: string }[] {
  if (kind !== "bytes") return [];
  const digits = /^\d+(?:\.\d+)?/.exec(typed)?.[0] ?? "1";
  return ["kB", "MB", "GB", "KiB", "MiB", "GiB"].map((unit) => ({ value: `${digits}${unit}` }));
}

/** What was typed of a pattern, as a whole one, where all of it stands for itself. */
const patternOffers = (typed: string): readonly Offer[] =>
  /^[\p{L}\p{N}_-]+$/u.test(typed) ? [{ label: `"${typed}"`, about: "anywhere in it", insert: `"${typed}" ` }] : [];
