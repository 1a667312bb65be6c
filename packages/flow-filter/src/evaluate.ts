import { invariant } from "@isthmus/std";
import type { Field, Filter, Term, Value } from "./ast";
import { blockContains } from "./block";
import { readPattern } from "./pattern";

/** One end of a flow, as a filter sees it. */
export interface FilterEnd {
  /** Null: outside every cluster. Where no name is known, its id. */
  readonly clusterName: string | null;
  readonly namespace: string;
  readonly workloadKind: string;
  readonly workloadName: string;
  readonly name: string;
  readonly type: string;
  /** "k=v". */
  readonly labels: readonly string[];
  readonly resolution: string;
  /** Empty where the source of the flow does not know it. */
  readonly address: string;
}

/** A flow, as a filter sees it: what the asker may know of one record. */
export interface FilterRow {
  readonly source: FilterEnd;
  readonly dest: FilterEnd;
  readonly destPort: number;
  readonly protocol: string;
  readonly service: { readonly namespace: string; readonly name: string };
  readonly reporter: string;
  readonly action: string;
  readonly pendingAction: string;
  /** The policy that decided; null without a trace. */
  readonly deciding: { readonly namespace: string; readonly name: string } | null;
  /** Names of policies anywhere in the traces. */
  readonly policyNames: readonly string[];
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly connectionsStarted: number;
  readonly connectionsCompleted: number;
  readonly connectionsLive: number;
}

/** What a filter says of a row (Kleene, "Introduction to Metamathematics", §64): `unknown` where the row does not tell. */
export type Truth = "true" | "false" | "unknown";

/** Whether a filter holds for a row. What is unknown does not, and its opposite does not either. */
export const matches = (filter: Filter, row: FilterRow): boolean => evaluate(filter, row) === "true";

/** What a filter says of a row. */
export function evaluate(filter: Filter, row: FilterRow): Truth {
  switch (filter.kind) {
    case "term":
      return evaluateTerm(filter, row);
    case "not":
      return opposite(evaluate(filter.of, row));
    case "all":
      return least(filter.of.map((each) => evaluate(each, row)));
    case "any":
      return opposite(least(filter.of.map((each) => opposite(evaluate(each, row)))));
  }
}

const opposite = (truth: Truth): Truth => (truth === "unknown" ? truth : truth === "true" ? "false" : "true");

const least = (truths: readonly Truth[]): Truth =>
  truths.includes("false") ? "false" : truths.includes("unknown") ? "unknown" : "true";

/** What a row tells of a field: values, and whether it may have others that the row does not tell. */
interface Told {
  readonly values: readonly (string | number)[];
  readonly isAll: boolean;
}

/** The condition holds if a value fits; it does not if none does and there is no other. */
function evaluateTerm(term: Term, row: FilterRow): Truth {
  const { operator } = term;
  const { values, isAll } = toldOf(term.field, row);
  const fits = fitting(term);
  const holds = values.some(fits) ? "true" : isAll ? "false" : "unknown";
  return operator === "not in" || operator === "!~" ? opposite(holds) : holds;
}

function fitting({ field, operator, values }: Term): (told: string | number) => boolean {
  const [first] = values;
  switch (operator) {
    case "has":
      return () => true;
    case "in":
    case "not in":
      return (told) => values.some((value) => isValue(field, value, told));
    case "~":
    case "!~": {
      const pattern = first?.kind === "pattern" ? readPattern(first.pattern) : undefined;
      invariant(pattern?.ok === true, "a pattern in a filter was read before");
      return (told) => pattern.value.test(String(told));
    }
    default: {
      const limit = first?.kind === "amount" ? first.amount : first?.kind === "ports" ? first.from : Number.NaN;
      return (told) => compared(Number(told), operator, limit);
    }
  }
}

function compared(value: number, operator: "<" | "<=" | ">" | ">=", limit: number): boolean {
  if (operator === "<") return value < limit;
  if (operator === "<=") return value <= limit;
  return operator === ">" ? value > limit : value >= limit;
}

function isValue({ name }: Field, value: Value, told: string | number): boolean {
  switch (value.kind) {
    case "text":
      return name === "text" ? String(told).toLowerCase().includes(value.text.toLowerCase()) : told === value.text;
    case "amount":
      return told === value.amount;
    case "ports":
      return Number(told) >= value.from && Number(told) <= value.to;
    case "block":
      return blockContains(value.block, String(told)) === true;
    case "pattern":
      return false;
  }
}

function toldOf({ name, key }: Field, row: FilterRow): Told {
  const [side, part] = name.split(".");
  if (side === "source" || side === "dest") return toldOfEnd(row[side], `${part ?? ""}`, key);
  if (name === "cluster" || name === "namespace" || name === "workload") {
    const ends = [row.source, row.dest].map((end) => toldOfEnd(end, name));
    return { values: ends.flatMap(({ values }) => values), isAll: ends.every(({ isAll }) => isAll) };
  }
  return toldOfFlow(name, row);
}

const all = (...values: readonly (string | number)[]): Told => ({ values, isAll: true });

/** The other fields; sums are as the page adds them up. */
function toldOfFlow(name: Field["name"], row: FilterRow): Told {
  const { deciding, policyNames } = row;
  switch (name) {
    case "action":
    case "protocol":
    case "reporter":
      return all(row[name]);
    case "staged":
      return all(row.pendingAction);
    case "port":
      return all(row.destPort);
    case "service":
      return all(...[row.service.name].filter((each) => each !== ""));
    case "policy":
      return { values: policyNames, isAll: policyNames.length > 0 };
    case "decided":
      return deciding === null || deciding.name === ""
        ? { values: [], isAll: false }
        : all(deciding.name, `${deciding.namespace}/${deciding.name}`);
    case "text":
      return { values: [searchedText(row)], isAll: isKnown(row.source) && isKnown(row.dest) };
    default:
      return all(amountOf(name, row));
  }
}

function amountOf(name: Field["name"], row: FilterRow): number {
  const amounts: Partial<Record<Field["name"], number>> = {
    bytes: row.bytesIn + row.bytesOut,
    "bytes.in": row.bytesIn,
    "bytes.out": row.bytesOut,
    packets: row.packetsIn + row.packetsOut,
    "packets.in": row.packetsIn,
    "packets.out": row.packetsOut,
    connections: Math.max(row.connectionsStarted, row.connectionsLive),
    "connections.started": row.connectionsStarted,
    "connections.completed": row.connectionsCompleted,
    "connections.live": row.connectionsLive,
  };
  const amount = amounts[name];
  invariant(amount !== undefined, `${name} is no amount`);
  return amount;
}

function searchedText({ source, dest, service, ...row }: FilterRow): string {
  const ends = [source, dest].flatMap((end) => [end.namespace, end.workloadName, end.name]);
  const others = [service.namespace, service.name, row.protocol, row.destPort, row.action];
  return [...ends, ...others, ...row.policyNames].join(" ");
}

const kindOf = (end: FilterEnd) => (end.workloadName === "" ? end.type : end.workloadKind);

/** What an end is can be hidden, or not be known at all; then what the row lacks of it may be anything. */
const isKnown = (end: FilterEnd) => !["unknown", "outside-scope"].includes(kindOf(end));

function toldOfEnd(end: FilterEnd, part: string, key?: string): Told {
  const one = (value: string | null): Told =>
    value === null || value === "" ? { values: [], isAll: isKnown(end) } : all(value);
  switch (part) {
    case "cluster":
      return one(end.clusterName);
    case "namespace":
      return one(end.namespace);
    case "workload":
      return one(end.workloadName === "" ? end.name : end.workloadName);
    case "label": {
      const begin = `${key ?? ""}=`;
      const values = end.labels.filter((label) => label.startsWith(begin)).map((label) => label.slice(begin.length));
      return { values, isAll: values.length > 0 || tellsLabels(end) };
    }
    default: {
      const isAddress = blockContains("0.0.0.0/0", end.address) !== undefined;
      return { values: isAddress ? [end.address] : [], isAll: isAddress };
    }
  }
}

/** Labels are told together. Those of a published set are the set's, not its workload's; networks have none. */
const tellsLabels = (end: FilterEnd) =>
  (end.labels.length > 0 && end.resolution !== "published") || end.type === "network";
