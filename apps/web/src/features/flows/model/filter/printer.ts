import type { Filter, Term } from "./ast";

const plainWord = /^[\p{L}\p{N}_.\-*/:+@]+$/u;

/** Prints a value as it must be written: in quotes where it is no plain word. */
export const printValue = (value: string): string =>
  plainWord.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;

const printTerm = ({ field, values }: Term): string => {
  const [first = ""] = values;
  return values.length === 1 ? `${field} = ${printValue(first)}` : `${field} in (${values.map(printValue).join(", ")})`;
};

/** Prints a filter; what is printed parses to the same filter. */
export const printFilter = (filter: Filter): string => filter.map(printTerm).join(" and ");
