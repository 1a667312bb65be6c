import type { Filter } from "./ast";
import type { FieldName } from "./fields";

/** The values that a filter allows a field; empty: any. */
export const valuesOf = (filter: Filter, field: FieldName): readonly string[] =>
  filter.find((term) => term.field === field)?.values ?? [];

/** The filter with a value of a field added, or taken out where it was in. */
export function toggleValue(filter: Filter, field: FieldName, value: string): Filter {
  const values = valuesOf(filter, field);
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  return setValues(filter, field, next);
}

/** The filter with a field narrowed to these values; to none takes the field out. */
export function setValues(filter: Filter, field: FieldName, values: readonly string[]): Filter {
  const place = filter.findIndex((term) => term.field === field);
  const without = filter.filter((term) => term.field !== field);
  if (values.length === 0) return without;
  return without.toSpliced(place === -1 ? without.length : place, 0, { field, values });
}
