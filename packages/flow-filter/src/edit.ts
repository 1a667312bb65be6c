import { allOf, everything, type Filter, type Operator, type Term, type Value } from "./ast";
import { specOf, type FieldName } from "./fields";
import { printValue } from "./printer";
import { readValue } from "./values";

/** Whether a value is asked for, or asked to be left out. */
export type Wanted = "in" | "not in";

/** The conditions that all have to hold. */
const parts = (filter: Filter): readonly Filter[] => (filter.kind === "all" ? filter.of : [filter]);

const listsOf = (filter: Filter, field: FieldName, operator: Operator): readonly Term[] =>
  parts(filter).filter(
    (part): part is Term => part.kind === "term" && part.field.name === field && part.operator === operator,
  );

/**
 * The values to which a filter as a whole narrows a field, or which it leaves out; what `or` and `not` say is not
 * looked at. Empty: it does neither.
 */
export const valuesOf = (filter: Filter, field: FieldName, wanted: Wanted = "in"): readonly string[] =>
  listsOf(filter, field, wanted).flatMap(({ values }) => values.map((value) => textOf(field, value)));

const textOf = (name: FieldName, value: Value) => (value.kind === "text" ? value.text : printValue({ name }, value));

/** The filter with a field narrowed to these values, or without them; none of them takes the condition out. */
export function setValues(
  filter: Filter,
  field: FieldName,
  { values, wanted = "in" }: { readonly values: readonly string[]; readonly wanted?: Wanted },
): Filter {
  const lists: readonly Filter[] = listsOf(filter, field, wanted);
  const place = parts(filter).findIndex((part) => lists.includes(part));
  const without = parts(filter).filter((part) => !lists.includes(part));
  const read = values.flatMap((text) => {
    const value = readValue(specOf(field), text);
    return value.ok ? [value.value] : [];
  });
  if (read.length === 0) return without.length === 0 ? everything : allOf(without);
  const term: Term = { kind: "term", field: { name: field }, operator: wanted, values: read };
  return allOf(without.toSpliced(place === -1 ? without.length : place, 0, term));
}

/** The filter with a value of a field asked for, or left out; once more, and it says neither. */
export function toggleValue(
  filter: Filter,
  field: FieldName,
  { value, wanted = "in" }: { readonly value: string; readonly wanted?: Wanted },
): Filter {
  const other: Wanted = wanted === "in" ? "not in" : "in";
  const values = valuesOf(filter, field, wanted);
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  const opposed = valuesOf(filter, field, other).filter((each) => each !== value);
  const rest =
    opposed.length === valuesOf(filter, field, other).length
      ? filter
      : setValues(filter, field, { values: opposed, wanted: other });
  return setValues(rest, field, { values: next, wanted });
}
