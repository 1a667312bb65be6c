import type { Filter, FilterTable, Term } from "@isthmus/flow-filter";
import { invariant } from "@isthmus/std";
import type { Parameter } from "../clickhouse-client";
import { toldBy, type Told } from "./filter-columns";
import type { Condition } from "./scoped-query";

/** What filters are asked of, and what is known beside the rows. */
export interface FilterSource {
  readonly table: FilterTable;
  /** Names of clusters by their ids; where there is none, a cluster's name is its id. */
  readonly clusterNames: ReadonlyMap<string, string>;
}

/** Puts a value into `{name:Type}` and gives that. */
export type Parameterise = (type: string, value: Parameter) => string;

/**
 * A filter as conditions that hold together. They hold for the rows for which the filter is true, as `evaluate` says:
 * where a row does not tell, neither a condition nor its opposite does. So `not` is not `NOT`: it is carried down to
 * the conditions, and each is asked whether it is true, or whether it is false.
 */
export function filterConditions(filter: Filter, source: FilterSource): readonly Condition[] {
  const parts = filter.kind === "all" ? filter.of : [filter];
  let named = 0;
  return parts.map((part) => {
    const parameters: Record<string, Parameter> = {};
    const parameterise: Parameterise = (type, value) => {
      const name = `filter_${named++}`;
      parameters[name] = value;
      return `{${name}:${type}}`;
    };
    return { sql: asked(part, true, { ...source, parameterise }), parameters };
  });
}

interface Compiler extends FilterSource {
  readonly parameterise: Parameterise;
}

/** SQL: whether a filter is true, or whether it is false. */
function asked(filter: Filter, wanted: boolean, compiler: Compiler): string {
  switch (filter.kind) {
    case "term":
      return askedTerm(filter, wanted, compiler);
    case "not":
      return asked(filter.of, !wanted, compiler);
    case "all":
    case "any": {
      const joint = (filter.kind === "all") === wanted ? " AND " : " OR ";
      const parts = filter.of.map((each) => `(${asked(each, wanted, compiler)})`);
      return parts.join(joint) || (wanted ? "1" : "0");
    }
  }
}

function askedTerm(term: Term, wanted: boolean, compiler: Compiler): string {
  const isNegated = term.operator === "not in" || term.operator === "!~";
  const { holds, isAll } = fitting(term, compiler);
  if (wanted !== isNegated) return holds;
  return isAll === undefined ? `NOT (${holds})` : `(${isAll}) AND NOT (${holds})`;
}

/** SQL: whether a value of the field fits, and whether the row tells all of them (undefined: every row does). */
function fitting(term: Term, compiler: Compiler): { readonly holds: string; readonly isAll: string | undefined } {
  const told = toldBy(term.field, compiler);
  return { holds: holding(term, told, compiler.parameterise), isAll: told.isAll };
}

function holding({ operator, values }: Term, told: Told, parameterise: Parameterise): string {
  switch (operator) {
    case "has":
      return told.some();
    case "in":
    case "not in":
      return told.isOneOf(values);
    case "~":
    case "!~": {
      const [value] = values;
      invariant(value?.kind === "pattern", "a pattern is compared with `~`");
      const pattern = parameterise("String", value.pattern);
      return told.some((text) => `match(${text}, ${pattern})`);
    }
    default: {
      const [value] = values;
      const limit = value?.kind === "amount" ? value.amount : value?.kind === "ports" ? value.from : undefined;
      invariant(limit !== undefined, "an order is of numbers");
      const bound = parameterise("UInt64", limit);
      return told.some((number) => `${number} ${operator} ${bound}`);
    }
  }
}
