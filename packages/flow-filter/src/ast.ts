import type { FieldName } from "./fields";

/** A field, with the label's key where it is one of a family. */
export interface Field {
  readonly name: FieldName;
  readonly key?: string;
}

/** A value, in the one form that values of its meaning have. */
export type Value =
  | { readonly kind: "text"; readonly text: string }
  /** Bytes or a count: a whole number up to 2^53 - 1. */
  | { readonly kind: "amount"; readonly amount: number }
  /** Ports from one to another, both included; the same twice for one. */
  | { readonly kind: "ports"; readonly from: number; readonly to: number }
  /** Addresses that begin alike, as `canonicalBlock` writes them: always with the length of the prefix. */
  | { readonly kind: "block"; readonly block: string }
  /** A regular expression that `readPattern` takes. */
  | { readonly kind: "pattern"; readonly pattern: string };

/** How a field is compared: `in` stands for `=` too, which is a list of one. */
export type Operator = "in" | "not in" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "has";

/** One condition. `has` has no value, `in` and `not in` have at least one and none twice, others have one. */
export interface Term {
  readonly kind: "term";
  readonly field: Field;
  readonly operator: Operator;
  readonly values: readonly Value[];
}

/**
 * A filter. `all` without parts holds for everything and stands nowhere but alone; other `all` and `any` have at least
 * two parts, none of their own kind.
 */
export type Filter =
  | { readonly kind: "all"; readonly of: readonly Filter[] }
  | { readonly kind: "any"; readonly of: readonly Filter[] }
  | { readonly kind: "not"; readonly of: Filter }
  | Term;

/** The filter that holds for everything. */
export const everything: Filter = { kind: "all", of: [] };

/** Whether a filter is the one that holds for everything. */
export const isEverything = (filter: Filter): boolean => filter.kind === "all" && filter.of.length === 0;

/** All of some filters; of none, everything. */
export const allOf = (filters: readonly Filter[]): Filter => joined("all", filters);

/** Any of some filters, of which there is one at least. */
export const anyOf = (filters: readonly [Filter, ...Filter[]]): Filter => joined("any", filters);

/** The field has one of some texts, of which there is one at least. */
export const oneOf = (name: FieldName, texts: readonly string[]): Filter => ({
  kind: "term",
  field: { name },
  operator: "in",
  values: texts.map((text) => ({ kind: "text", text })),
});

/** The called port is one of some, of which there is one at least. */
export const onPorts = (ports: readonly number[]): Filter => ({
  kind: "term",
  field: { name: "port" },
  operator: "in",
  values: ports.map((port) => ({ kind: "ports", from: port, to: port })),
});

function joined(kind: "all" | "any", filters: readonly Filter[]): Filter {
  const parts = filters.flatMap((each) => (each.kind === kind ? each.of : [each]));
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : { kind, of: parts };
}

/** The conditions of a filter, in the order in which they are written. */
export function termsOf(filter: Filter): readonly Term[] {
  switch (filter.kind) {
    case "term":
      return [filter];
    case "not":
      return termsOf(filter.of);
    case "all":
    case "any":
      return filter.of.flatMap(termsOf);
  }
}
