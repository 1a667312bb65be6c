import { termsOf, type Filter } from "./ast";
import { specOf, type FilterTable } from "./fields";

/** Whether rows of a table can answer a filter; where they cannot, `parseFilter` with `answeredBy` says why. */
export const isAnsweredBy = (filter: Filter, table: FilterTable): boolean =>
  termsOf(filter).every(({ field }) => specOf(field.name).answeredBy.includes(table));
