import { isObject, objectOf, stringOf, type JsonObject } from "../json";
import type { IpVersion } from "./address";
import { lowerEntity } from "./lower-entity";
import { PROTOCOL, type IcmpMatch, type Rule, type RuleAction } from "./model";
import { NotProgrammable } from "./selector";

const RULE_FIELDS: ReadonlySet<string> = new Set([
  "action",
  "metadata",
  "ipVersion",
  "protocol",
  "notProtocol",
  "icmp",
  "notICMP",
  "source",
  "destination",
]);

/** Lowers a v3 rule; `namespace` is the policy's own, undefined for a global one. */
export function lowerRule(rule: JsonObject, namespace: string | undefined): Rule {
  const unknown = Object.keys(rule).find((field) => !RULE_FIELDS.has(field));
  if (unknown !== undefined) throw new NotProgrammable(`field ${unknown} of a rule`);
  const source = lowerEntity(objectOf(rule["source"]), namespace);
  const destination = lowerEntity(objectOf(rule["destination"]), namespace);
  const protocol = readProtocol(rule["protocol"]);
  const notProtocol = readProtocol(rule["notProtocol"]);
  const icmp = readIcmp(rule["icmp"]);
  const notIcmp = readIcmp(rule["notICMP"]);
  const ipVersion = readVersion(rule["ipVersion"]);
  return {
    action: readAction(stringOf(rule["action"])),
    ...(ipVersion !== undefined && { ipVersion }),
    ...(protocol !== undefined && { protocol }),
    ...(notProtocol !== undefined && { notProtocol }),
    ...(icmp && { icmp }),
    ...(notIcmp && { notIcmp }),
    source,
    destination,
  };
}

function readVersion(value: unknown): IpVersion | undefined {
  if (value === undefined || value === 4 || value === 6) return value;
  throw new NotProgrammable(`ipVersion ${JSON.stringify(value)}`);
}

function readAction(action: string): RuleAction {
  switch (action) {
    case "Allow":
      return "allow";
    case "Deny":
      return "deny";
    case "Pass":
      return "pass";
    case "Log":
      return "log";
    default:
      throw new NotProgrammable(`action ${JSON.stringify(action)}`);
  }
}

/** Reads `TCP`, `tcp`, 6 and "6"; undefined where nothing is given. */
export function readProtocol(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number") return value;
  const text = stringOf(value).toLowerCase();
  if (/^\d+$/u.test(text)) return Number(text);
  const number = new Map<string, number>(Object.entries(PROTOCOL)).get(text);
  if (number === undefined) throw new NotProgrammable(`protocol ${JSON.stringify(value)}`);
  return number;
}

function readIcmp(value: unknown): IcmpMatch | undefined {
  if (!isObject(value) || typeof value["type"] !== "number") return undefined;
  const code = value["code"];
  return { type: value["type"], ...(typeof code === "number" && { code }) };
}
