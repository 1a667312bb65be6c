import { specOf, type Field, type FilterTable, type Value } from "@isthmus/flow-filter";
import { invariant } from "@isthmus/std";
import { noCluster } from "../ingest/rows";
import type { FilterSource, Parameterise } from "./filter-sql";
import { hiddenCluster, hiddenKind, ifTold, ifSeen, type HiddenPart } from "./hiding";
import { foundAnywhere } from "./search-sql";

/** What rows tell of a field, as SQL over their columns; whoever asks hides in it what tells of other places. */
export interface Told {
  /** Whether there is a value for which a test holds; without a test, whether there is a value. */
  readonly some: (test?: (value: string) => string) => string;
  readonly isOneOf: (values: readonly Value[]) => string;
  /** Whether the row tells all values there are; undefined: every row does. */
  readonly isAll?: string;
}

interface Source extends FilterSource {
  readonly parameterise: Parameterise;
}

const sides = ["source", "dest"] as const;
type Side = (typeof sides)[number];

/** What rows of a table tell of a field. */
export function toldBy({ name, key }: Field, source: Source): Told {
  const [first, part] = name.split(".");
  if (first === "source" || first === "dest") return toldOfEnd(first, { part: part ?? "", key: key ?? "" }, source);
  if (name === "cluster" || name === "namespace" || name === "workload") return toldOfEither(name, source);
  invariant(source.table === "flow" || flowlessFields.has(name), `edges do not tell ${name}`);
  return toldOfFlow(name, source);
}

const flowlessFields: ReadonlySet<string> = new Set(["port", "protocol", "reporter"]);

/** An end's name where it is a workload, or what is known instead. */
export const workloadOf = (side: Side, table: FilterTable = "flow"): string =>
  table === "edge" ? `${side}_name` : `if(${side}_workload != '', ${side}_workload, ${side}_name)`;

/** The columns of which the first that is not empty is that name. */
const namesOf = (side: Side, table: FilterTable): readonly string[] =>
  table === "edge" ? [`${side}_name`] : [`${side}_workload`, `${side}_name`];

/** An end's kind: of its workload, or of what is known instead. */
export const kindOf = (side: Side, table: FilterTable = "flow"): string =>
  table === "edge" ? `${side}_kind` : `if(${side}_workload != '', ${side}_workload_kind, ${side}_type)`;

const unknownKinds = `('unknown', '${hiddenKind}')`;

/** Of an end that is hidden, or of no known kind, what is absent may be anything. */
const isKnown = (side: Side, table: FilterTable) =>
  table === "edge"
    ? `${side}_kind NOT IN ${unknownKinds}`
    : `if(${side}_workload != '', ${side}_workload_kind NOT IN ${unknownKinds}, ${side}_type NOT IN ${unknownKinds})`;

const textsOf = (values: readonly Value[]) => values.flatMap((value) => (value.kind === "text" ? [value.text] : []));

function toldOfEither(part: string, source: Source): Told {
  const ends = sides.map((side) => toldOfEnd(side, { part, key: "" }, sharing(source)));
  const either = (sql: (told: Told) => string) => ends.map((told) => `(${sql(told)})`).join(" OR ");
  return {
    some: (test) => either((told) => told.some(test)),
    isOneOf: (values) => either((told) => told.isOneOf(values)),
    isAll: ends.map(({ isAll }) => `(${isAll ?? "1"})`).join(" AND "),
  };
}

/** Both ends are asked with the same values, which then travel once. */
function sharing({ parameterise, ...source }: Source): Source {
  const made = new Map<string, string>();
  return {
    ...source,
    parameterise: (type, value) => {
      const key = JSON.stringify([type, value]);
      const placeholder = made.get(key) ?? parameterise(type, value);
      made.set(key, placeholder);
      return placeholder;
    },
  };
}

interface EndPart {
  readonly part: string;
  readonly key: string;
}

function toldOfEnd(side: Side, { part, key }: EndPart, source: Source): Told {
  const known = isKnown(side, source.table);
  switch (part) {
    case "cluster":
      return whereSeen(side, toldCluster(`${side}_cluster_id`, known, source));
    case "namespace":
      return whereSeen(side, toldText([`${side}_namespace`], { isAll: known, source }));
    case "workload":
      return whereSeen(side, toldText(namesOf(side, source.table), { isAll: known, source }));
    case "label":
      return whereSeen(side, toldLabels(side, key, source));
    case "address":
      return whereSeen(side, toldAddress(`${side}_address`, source));
    default:
      invariant(false, `an end has no ${part}`);
  }
}

/** Of a hidden end or service nothing is told, neither what it is nor what it is not. */
function whereSeen(part: HiddenPart, told: Told): Told {
  return {
    some: (test) => ifSeen(part, told.some(test)),
    isOneOf: (values) => ifSeen(part, told.isOneOf(values)),
    ...(told.isAll === undefined ? {} : { isAll: ifSeen(part, told.isAll) }),
  };
}

/**
 * A text of the first column that has one; with `isAll`, only then is none known to be none. Each column is asked by
 * itself, so that ClickHouse asks its dictionary and not every row.
 */
function toldText(
  columns: readonly string[],
  { isAll, source }: { readonly isAll?: string; readonly source: Source },
): Told {
  const first = (asked: (column: string) => string) =>
    columns
      .map((column, index) => [...columns.slice(0, index).map((each) => `${each} = ''`), asked(column)].join(" AND "))
      .join(" OR ");
  const isThere = columns.map((column) => `${column} != ''`).join(" OR ");
  return {
    some: (test) => (test === undefined ? isThere : first((column) => `${column} != '' AND ${test(column)}`)),
    isOneOf: (values) => {
      const wanted = source.parameterise(
        "Array(String)",
        textsOf(values).filter((text) => text !== ""),
      );
      return first((column) => `${column} IN ${wanted}`);
    },
    ...(isAll === undefined ? {} : { isAll: `${isThere} OR ${isAll}` }),
  };
}

/** A text that every row has. */
const toldAlways = (column: string, source: Source): Told => ({
  some: (test) => test?.(column) ?? "1",
  isOneOf: (values) => `${column} IN ${source.parameterise("Array(String)", textsOf(values))}`,
});

/** One of a field's choices, which the column has as an enumeration. */
function toldChoice(column: string, name: Field["name"]): Told {
  const { choices = [] } = specOf(name);
  return {
    some: (test) => test?.(`toString(${column})`) ?? "1",
    isOneOf: (values) => {
      const texts = textsOf(values);
      const wanted = choices.filter((choice) => texts.includes(choice));
      return wanted.length === 0 ? "0" : `${column} IN (${wanted.map((choice) => `'${choice}'`).join(", ")})`;
    },
  };
}

function toldCluster(column: string, known: string, { clusterNames, parameterise }: Source): Told {
  const isThere = `${column} NOT IN (toUUID('${noCluster}'), toUUID('${hiddenCluster}'))`;
  const id = `toString(${column})`;
  const name = () =>
    clusterNames.size === 0
      ? id
      : `transform(${id}, ${parameterise("Array(String)", [...clusterNames.keys()])}, ${parameterise("Array(String)", [...clusterNames.values()])}, ${id})`;
  return {
    some: (test) => (test === undefined ? isThere : `${isThere} AND ${test(name())}`),
    isOneOf: (values) => `${column} IN ${parameterise("Array(UUID)", idsOf(textsOf(values), clusterNames))}`,
    isAll: `${isThere} OR ${known}`,
  };
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Ids of clusters by their names; a cluster without a known name is named by its id. */
function idsOf(names: readonly string[], clusterNames: ReadonlyMap<string, string>): readonly string[] {
  const named = [...clusterNames].filter(([, name]) => names.includes(name)).map(([id]) => id);
  const unnamed = names.filter(
    (name) => uuid.test(name) && !clusterNames.has(name) && name !== noCluster && name !== hiddenCluster,
  );
  return [...named, ...unnamed];
}

/**
 * Labels are told together: where one is told, all are. Those of an end that a set of ours resolved are the set's and
 * not its workload's; a network has none.
 */
function toldLabels(side: Side, key: string, { parameterise }: Source): Told {
  const column = `${side}_labels`;
  const begin = `${key}=`;
  const some: Told["some"] = (test) => {
    const value = `substring(each_label, ${begin.length + 1})`;
    const begins = `startsWith(each_label, ${parameterise("String", begin)})`;
    return `arrayExists(each_label -> ${test === undefined ? begins : `${begins} AND ${test(value)}`}, ${column})`;
  };
  const areTold = `(notEmpty(${column}) AND ${side}_resolution != 'published') OR ${side}_type = 'network'`;
  return {
    some,
    isOneOf: (values) => {
      const labels = textsOf(values).map((text) => begin + text);
      return `hasAny(${column}, ${parameterise("Array(String)", labels)})`;
    },
    isAll: `${areTold} OR ${some()}`,
  };
}

function toldAddress(column: string, { parameterise }: Source): Told {
  const isAddress = `(isIPv4String(${column}) OR isIPv6String(${column}))`;
  // isIPAddressInRange throws at what is no address, also in rows that another condition leaves out.
  const address = `if(${isAddress}, ${column}, '::')`;
  return {
    some: () => isAddress,
    isOneOf: (values) => {
      const blocks = values.flatMap((value) => (value.kind === "block" ? [value.block] : []));
      const inRange = blocks.map((block) => `isIPAddressInRange(${address}, ${parameterise("String", block)})`);
      return `${isAddress} AND (${inRange.join(" OR ")})`;
    },
    isAll: isAddress,
  };
}

/** Fields of the flow itself. */
function toldOfFlow(name: Field["name"], source: Source): Told {
  const { table, parameterise } = source;
  switch (name) {
    case "action":
    case "reporter":
      return toldChoice(name, name);
    case "staged":
      return toldChoice("pending_action", name);
    case "protocol":
      return toldAlways("protocol", source);
    case "port":
      return toldPort(table === "edge" ? "port" : "dest_port", parameterise);
    case "service":
      return whereSeen("service", toldText(["service_name"], { source }));
    case "policy":
      return toldPolicies(parameterise);
    case "decided":
      return toldDecided(source);
    case "text":
      return {
        some: () => "1",
        isOneOf: (values) => foundAnywhere(textsOf(values), parameterise),
        isAll: sides.map((side) => ifSeen(side, isKnown(side, "flow"))).join(" AND "),
      };
    default:
      return toldAmount(name, parameterise);
  }
}

const amounts: Partial<Record<Field["name"], string>> = {
  bytes: "(bytes_in + bytes_out)",
  "bytes.in": "bytes_in",
  "bytes.out": "bytes_out",
  packets: "(packets_in + packets_out)",
  "packets.in": "packets_in",
  "packets.out": "packets_out",
  connections: "greatest(connections_started, connections_live)",
  "connections.started": "connections_started",
  "connections.completed": "connections_completed",
  "connections.live": "connections_live",
};

function toldAmount(name: Field["name"], parameterise: Parameterise): Told {
  const sql = amounts[name];
  invariant(sql !== undefined, `${name} is no amount`);
  return {
    some: (test) => test?.(sql) ?? "1",
    isOneOf: (values) => {
      const numbers = values.flatMap((value) => (value.kind === "amount" ? [value.amount] : []));
      return `has(${parameterise("Array(UInt64)", numbers)}, ${sql})`;
    },
  };
}

function toldPort(column: string, parameterise: Parameterise): Told {
  return {
    some: (test) => test?.(column) ?? "1",
    isOneOf: (values) => {
      const ranges = values.flatMap((value) => (value.kind === "ports" ? [value] : []));
      const single = ranges.filter(({ from, to }) => from === to).map(({ from }) => from);
      const wide = ranges.filter(({ from, to }) => from !== to);
      return [
        ...(single.length === 0 ? [] : [`${column} IN ${parameterise("Array(UInt16)", single)}`]),
        ...wide.map(
          ({ from, to }) => `(${column} BETWEEN ${parameterise("UInt16", from)} AND ${parameterise("UInt16", to)})`,
        ),
      ].join(" OR ");
    },
  };
}

function toldPolicies(parameterise: Parameterise): Told {
  return {
    some: (test) =>
      test === undefined ? "notEmpty(policy_names)" : `arrayExists(each_name -> ${test("each_name")}, policy_names)`,
    isOneOf: (values) => ifTold(`hasAny(policy_names, ${parameterise("Array(String)", textsOf(values))})`),
    isAll: "notEmpty(policy_names)",
  };
}

/** A policy by its name, or by its namespace and name. */
function toldDecided(source: Source): Told {
  const names = ["deciding_name", "concat(deciding_namespace, '/', deciding_name)"];
  const isTold = "deciding_name != ''";
  const either = (sql: (name: string) => string) => `${isTold} AND (${names.map(sql).join(" OR ")})`;
  return {
    some: (test) => (test === undefined ? isTold : either(test)),
    isOneOf: (values) => {
      const wanted = source.parameterise("Array(String)", textsOf(values));
      return either((name) => `has(${wanted}, ${name})`);
    },
    isAll: isTold,
  };
}
