import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import { arrayOf, isObject, objectOf, stringOf, stringsOf, type JsonObject } from "../json";
import { parseNet, type Net } from "./address";
import type { EntityMatch, PortMatch, PortRange } from "./model";
import {
  allOf,
  equals,
  lowerNamespaceSelector,
  NAMESPACE_LABEL,
  NotProgrammable,
  readSelector,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
  withPrefix,
} from "./selector";

const ENTITY_FIELDS: ReadonlySet<string> = new Set([
  "nets",
  "notNets",
  "selector",
  "notSelector",
  "namespaceSelector",
  "ports",
  "notPorts",
  "serviceAccounts",
  "services",
]);

/** Lowers one side of a v3 rule; `namespace` is the policy's own, undefined for a global one. */
export function lowerEntity(entity: JsonObject, namespace: string | undefined): EntityMatch {
  const unknown = Object.keys(entity).find((field) => !ENTITY_FIELDS.has(field));
  if (unknown !== undefined) throw new NotProgrammable(`field ${unknown} of a rule`);
  const nets = readNets(stringsOf(entity["nets"]));
  const notNets = readNets(stringsOf(entity["notNets"]));
  const selectors = joinSelectors(entitySelector(entity, namespace), readSelector(stringOf(entity["notSelector"])));
  const ports = readPorts(arrayOf(entity["ports"]));
  const notPorts = readPorts(arrayOf(entity["notPorts"]));
  const service = readService(entity["services"], namespace);
  return {
    ...(nets && { nets }),
    ...(notNets && { notNets }),
    ...selectors,
    ...(ports && { ports }),
    ...(notPorts && { notPorts }),
    ...(service && { service }),
  };
}

/**
 * Beside a positive selector a negative one narrows the same set: what counts is whether one endpoint or network set
 * that holds the address satisfies both. Alone it is a set that the address must not be in.
 */
function joinSelectors(
  selector: SelectorNode | undefined,
  notSelector: SelectorNode | undefined,
): Pick<EntityMatch, "selector" | "notSelector"> {
  if (notSelector === undefined) return selector === undefined ? {} : { selector };
  if (selector === undefined) return { notSelector };
  return { selector: { kind: "and", operands: [selector, { kind: "not", operand: notSelector }] } };
}

/**
 * In a namespaced policy any positive or negative selector means the policy's own namespace, unless a
 * namespaceSelector says otherwise; nets alone mean none.
 */
function entitySelector(entity: JsonObject, namespace: string | undefined): SelectorNode | undefined {
  const namespaceText = stringOf(entity["namespaceSelector"]);
  const selector = readSelector(stringOf(entity["selector"]));
  const accounts = isObject(entity["serviceAccounts"]) ? serviceAccountSelector(entity["serviceAccounts"]) : undefined;
  if (namespaceText !== "") {
    const namespaces = readSelector(namespaceText);
    return allOf([namespaces && lowerNamespaceSelector(namespaces), accounts, selector]);
  }
  const scoped = selector !== undefined || accounts !== undefined || stringOf(entity["notSelector"]) !== "";
  const own = namespace !== undefined && scoped ? equals(NAMESPACE_LABEL, namespace) : undefined;
  return allOf([own, accounts, selector]);
}

/** The service accounts of a rule as a selector over endpoints. */
export function serviceAccountSelector(match: JsonObject): SelectorNode | undefined {
  const selector = readSelector(stringOf(match["selector"]));
  const names = stringsOf(match["names"]);
  return allOf([
    selector && withPrefix(selector, SERVICE_ACCOUNT_PREFIX),
    names.length > 0 ? { kind: "membership", operator: "in", label: SERVICE_ACCOUNT_LABEL, values: names } : undefined,
  ]);
}

/** Nets of a rule, of both IP versions; undefined where it names none. Throws NotProgrammable. */
export function readNets(texts: readonly string[]): readonly Net[] | undefined {
  if (texts.length === 0) return undefined;
  return texts.map((text) => {
    const net = parseNet(text);
    if (net === undefined) throw new NotProgrammable(`net ${JSON.stringify(text)}`);
    return net;
  });
}

function readPorts(values: readonly unknown[]): PortMatch | undefined {
  if (values.length === 0) return undefined;
  const ranges: PortRange[] = [];
  const names: string[] = [];
  for (const value of values) {
    const range = readPortRange(value);
    if (range !== undefined) ranges.push(range);
    else if (typeof value === "string" && value !== "") names.push(value);
    else throw new NotProgrammable(`port ${JSON.stringify(value)}`);
  }
  return { ranges, names };
}

/** Reads 80, "80" and "8000:9000"; undefined for a name. */
function readPortRange(value: unknown): PortRange | undefined {
  if (typeof value === "number") return { min: value, max: value };
  const match = /^(\d+)(?::(\d+))?$/u.exec(stringOf(value));
  if (match === null) return undefined;
  return { min: Number(match[1]), max: Number(match[2] ?? match[1]) };
}

function readService(value: unknown, namespace: string | undefined): EntityMatch["service"] {
  if (!isObject(value)) return undefined;
  const service = objectOf(value);
  const at = stringOf(service["namespace"]) || (namespace ?? "");
  return { namespace: at, name: stringOf(service["name"]) };
}
