import { fieldNames, isField, specOf, type FacetName, type FieldName } from "./fields";
import { tokensOf, type Token } from "./lexer";
import { printValue } from "./printer";
import type { Span } from "./ast";

/** What may be written at the caret. */
export type Expectation =
  | { readonly kind: "field"; readonly typed: string; readonly span: Span }
  | { readonly kind: "operator"; readonly field: FieldName; readonly span: Span }
  | {
      readonly kind: "value";
      readonly field: FieldName;
      readonly typed: string;
      readonly span: Span;
      readonly inList: boolean;
    }
  | { readonly kind: "joint"; readonly span: Span };

/** What the text before the caret asks for next. */
export function expectationAt(text: string, caret: number): Expectation {
  const tokens = tokensOf(text.slice(0, caret));
  const last = tokens.at(-1);
  // A word that ends at the caret is still being typed.
  const typing =
    last !== undefined && last.to === caret && (last.kind === "word" || last.kind === "unclosed") ? last : undefined;
  const before = typing === undefined ? tokens : tokens.slice(0, -1);
  const span = typing === undefined ? { from: caret, to: caret } : { from: typing.from, to: caret };
  return expectAfter(before, { typed: typing?.text ?? "", span });
}

function expectAfter(
  before: readonly Token[],
  { typed, span }: { readonly typed: string; readonly span: Span },
): Expectation {
  let state: Expectation = { kind: "field", typed, span };
  for (const token of before) {
    const word = token.text.toLowerCase();
    if (state.kind === "field" && token.kind === "word" && isField(token.text))
      state = { kind: "operator", field: token.text, span };
    else if (state.kind === "operator" && token.kind === "=")
      state = { kind: "value", field: state.field, typed, span, inList: false };
    else if (state.kind === "operator" && token.kind === "(")
      state = { kind: "value", field: state.field, typed, span, inList: true };
    else if (state.kind === "value" && !state.inList && (token.kind === "word" || token.kind === "quoted"))
      state = { kind: "joint", span };
    else if (state.kind === "value" && state.inList && token.kind === ")") state = { kind: "joint", span };
    else if (token.kind === "word" && word === "and") state = { kind: "field", typed, span };
  }
  return state;
}

/** A way to go on: `insert` replaces the span of the expectation. */
export interface Offer {
  readonly label: string;
  readonly about?: string;
  /** How often the value occurs in the range. */
  readonly count?: number;
  readonly insert: string;
}

/** Values that occur, by facet. */
export type Occurring = Partial<Record<FacetName, readonly { readonly value: string; readonly flows: number }[]>>;

/** What to offer where something is expected, best first; at most ten. */
export function offersFor(expectation: Expectation, occurring: Occurring): readonly Offer[] {
  switch (expectation.kind) {
    case "field":
      return fieldNames
        .filter((name) => name.includes(expectation.typed.toLowerCase()))
        .sort((a, b) => rank(a, expectation.typed) - rank(b, expectation.typed))
        .slice(0, 10)
        .map((name) => ({ label: name, about: specOf(name).about, insert: `${name} = ` }));
    case "operator":
      return [
        { label: "=", about: "is", insert: "= " },
        { label: "in (…)", about: "is one of", insert: "in (" },
      ];
    case "joint":
      return [{ label: "and", about: "another condition", insert: "and " }];
    case "value":
      return valueOffers(expectation.field, expectation.typed, occurring).map((offer) => ({
        ...offer,
        insert: expectation.inList ? printValue(offer.label) : `${printValue(offer.label)} `,
      }));
  }
}

function valueOffers(
  field: FieldName,
  typed: string,
  occurring: Occurring,
): readonly { readonly label: string; readonly count?: number }[] {
  const { choices, facet } = specOf(field);
  const seen = facet === undefined ? [] : (occurring[facet] ?? []);
  const all =
    choices?.map((label) => withCount(label, seen)) ?? seen.map(({ value, flows }) => ({ label: value, count: flows }));
  return all.filter(({ label }) => label.toLowerCase().includes(typed.toLowerCase())).slice(0, 10);
}

function withCount(label: string, seen: readonly { readonly value: string; readonly flows: number }[]) {
  const count = seen.find(({ value }) => value === label)?.flows;
  return count === undefined ? { label } : { label, count };
}

const rank = (name: string, typed: string) => (name.startsWith(typed.toLowerCase()) ? 0 : 1);
