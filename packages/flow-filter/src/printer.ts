import { printBytes } from "./amount";
import type { Field, Filter, Term, Value } from "./ast";
import { isOneAddress } from "./block";
import { specOf } from "./fields";
import { isPlainWord } from "./lexer";

/** Prints a filter in its one form; what is printed parses to the same filter. Everything is the empty text. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case "term":
      return printTerm(filter);
    case "not":
      return `not ${filter.of.kind === "all" || filter.of.kind === "any" ? grouped(filter.of) : printFilter(filter.of)}`;
    case "all":
      return filter.of.map((each) => (each.kind === "any" ? grouped(each) : printFilter(each))).join(" and ");
    case "any":
      return filter.of.map(printFilter).join(" or ");
  }
}

const grouped = (filter: Filter) => `(${printFilter(filter)})`;

/** Prints a field with its label's key. */
export const printField = ({ name, key }: Field): string => (key === undefined ? name : `${name}.${key}`);

/** Prints a text as it must be written: in quotes where it is no plain word. */
export const printText = (text: string): string => (isPlainWord(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`);

/** Prints a value of a field. */
export function printValue(field: Field, value: Value): string {
  switch (value.kind) {
    case "text":
      return printText(value.text);
    case "amount":
      return specOf(field.name).kind === "bytes" ? printBytes(value.amount) : `${value.amount}`;
    case "ports":
      return value.from === value.to ? `${value.from}` : `${value.from}-${value.to}`;
    case "block":
      return isOneAddress(value.block) ? value.block.slice(0, value.block.indexOf("/")) : value.block;
    case "pattern":
      return `"${value.pattern.replace(/\\.|"/gsu, (each) => (each === '"' ? '\\"' : each))}"`;
  }
}

function printTerm({ field, operator, values }: Term): string {
  const name = printField(field);
  if (operator === "has") return `has ${name}`;
  const texts = values.map((value) => printValue(field, value));
  if (operator !== "in" && operator !== "not in") return `${name} ${operator} ${texts.join()}`;
  if (texts.length > 1) return `${name} ${operator} (${texts.join(", ")})`;
  const isSeveral = values.some(
    (value) =>
      (value.kind === "block" && !isOneAddress(value.block)) || (value.kind === "ports" && value.from !== value.to),
  );
  const sign = operator === "in" ? "=" : "!=";
  return `${name} ${isSeveral ? operator : sign} ${texts.join()}`;
}
