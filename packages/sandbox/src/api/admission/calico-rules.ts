import { parseSelector } from "@isthmus/policy-engine/selector-syntax";
import { arrayOf, isObject, objectOf, objectsOf, stringOf, stringsOf, type JsonObject } from "../../json";
import type { Cause } from "../status";
import { isNet } from "./addresses";

type Reason = Cause["reason"];

const cause = (reason: Reason, field: string, message: string): Cause => ({ reason, field, message });

/** A cause that shows the wrong value. */
export function wrong(field: string, value: unknown, why: string): Cause {
  return cause("FieldValueInvalid", field, `Invalid value: ${JSON.stringify(value)}: ${why}`);
}

/** A cause for a combination that may not be. */
export function forbiddenField(field: string, why: string): Cause {
  return cause("FieldValueForbidden", field, `Forbidden: ${why}`);
}

/** Whether a selector may use `global()`. */
export type SelectorUse = "anything" | "no-global";

/** What is wrong with a selector in Calico's language; an absent or empty one is right. */
export function checkSelector(value: unknown, field: string, use: SelectorUse): readonly Cause[] {
  if (typeof value !== "string" || value.trim() === "") return [];
  const parsed = parseSelector(value);
  if (!parsed.ok) return parsed.error.map(({ message }) => wrong(field, value, `invalid selector: ${message}`));
  if (use === "no-global" && /\bglobal\s*\(/.test(value)) {
    return [wrong(field, value, "global() can only be used in the namespaceSelector of a rule's source or destination")];
  }
  return [];
}

const protocolNames = ["TCP", "UDP", "ICMP", "ICMPv6", "SCTP", "UDPLite"];
const portProtocols = ["TCP", "UDP", "SCTP", 6, 17, 132];
const icmpProtocols = ["ICMP", "ICMPv6", 1, 58];

const normal = (protocol: unknown): unknown =>
  typeof protocol === "string" && /^\d+$/.test(protocol) ? Number(protocol) : protocol;

function checkProtocol(value: unknown, field: string): readonly Cause[] {
  const protocol = normal(value);
  if (protocol === undefined) return [];
  if (typeof protocol === "number") return protocol >= 1 && protocol <= 255 ? [] : [wrong(field, value, "must be between 1 and 255")];
  const known = protocolNames.includes(String(protocol));
  return known ? [] : [wrong(field, value, `must be a number or one of ${protocolNames.join(", ")}`)];
}

function checkNets(values: unknown, field: string): readonly Cause[] {
  return stringsOf(values).flatMap((net, index) =>
    isNet(net) ? [] : [wrong(`${field}[${index}]`, net, "must be an address or a network in CIDR notation")],
  );
}

function checkPort(port: unknown, field: string): readonly Cause[] {
  const number = normal(port);
  if (typeof number === "number") return number >= 0 && number <= 65_535 ? [] : [wrong(field, port, "must be between 0 and 65535")];
  const text = stringOf(port);
  const range = /^(\d+):(\d+)$/.exec(text);
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    return from <= to && to <= 65_535 ? [] : [wrong(field, port, "must be a range from a smaller to a larger port up to 65535")];
  }
  return /^[A-Za-z0-9_.-]{1,128}$/.test(text) ? [] : [wrong(field, port, "must be a port, a range `from:to` or the name of a port")];
}

interface RuleAt {
  readonly rule: JsonObject;
  readonly field: string;
}

function checkEntity(entity: JsonObject, field: string, { rule }: RuleAt): readonly Cause[] {
  const ports = ["ports", "notPorts"].flatMap((name) => {
    const list = arrayOf(entity[name]);
    const wrongPorts = list.flatMap((port, index) => checkPort(port, `${field}.${name}[${index}]`));
    const needs = list.length > 0 && !portProtocols.includes(normal(rule["protocol"]) as string | number);
    const why = "protocol must be one of TCP, UDP, SCTP where ports are given";
    return needs ? [...wrongPorts, wrong(`${field}.${name}`, list, why)] : wrongPorts;
  });
  return [
    ...checkNets(entity["nets"], `${field}.nets`),
    ...checkNets(entity["notNets"], `${field}.notNets`),
    ...checkSelector(entity["selector"], `${field}.selector`, "no-global"),
    ...checkSelector(entity["notSelector"], `${field}.notSelector`, "no-global"),
    ...checkSelector(entity["namespaceSelector"], `${field}.namespaceSelector`, "anything"),
    ...checkSelector(objectOf(entity["serviceAccounts"])["selector"], `${field}.serviceAccounts.selector`, "no-global"),
    ...ports,
    ...checkServices(entity, field),
  ];
}

function checkServices(entity: JsonObject, field: string): readonly Cause[] {
  const { services } = entity;
  if (!isObject(services)) return [];
  const name = stringOf(services["name"]) === "" ? [cause("FieldValueRequired", `${field}.services.name`, "Required value: a service is named")] : [];
  const others = ["namespaceSelector", "serviceAccounts", "selector", "notSelector", "nets", "notNets", "ports", "notPorts"];
  const used = others.filter((other) => {
    const value = entity[other];
    return value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
  });
  return [...name, ...used.map((other) => forbiddenField(`${field}.${other}`, `${other} cannot be given beside services`))];
}

function checkIcmp({ rule, field }: RuleAt): readonly Cause[] {
  return ["icmp", "notICMP"].flatMap((name) => {
    const match = rule[name];
    if (!isObject(match)) return [];
    const code = match["code"] !== undefined && match["type"] === undefined;
    const protocol = icmpProtocols.includes(normal(rule["protocol"]) as string | number);
    return [
      ...(code ? [wrong(`${field}.${name}.code`, match["code"], "an ICMP code needs an ICMP type")] : []),
      ...(protocol ? [] : [wrong(`${field}.${name}`, match, "ICMP fields need protocol ICMP or ICMPv6")]),
    ];
  });
}

function checkIpVersion({ rule, field }: RuleAt): readonly Cause[] {
  const version = rule["ipVersion"];
  if (version === undefined) return [];
  if (version !== 4 && version !== 6) return [cause("FieldValueNotSupported", `${field}.ipVersion`, `Unsupported value: ${JSON.stringify(version)}: supported values: "4", "6"`)];
  return ["protocol", "notProtocol"].flatMap((name) => {
    const protocol = normal(rule[name]);
    const fixed = protocol === "ICMP" || protocol === 1 ? 4 : protocol === "ICMPv6" || protocol === 58 ? 6 : version;
    return fixed === version ? [] : [wrong(`${field}.${name}`, rule[name], `this protocol needs ipVersion ${fixed}`)];
  });
}

function checkHttp({ rule, field }: RuleAt, direction: Direction): readonly Cause[] {
  if (!isObject(rule["http"])) return [];
  const at = `${field}.http`;
  const protocol = normal(rule["protocol"]);
  const tcp = protocol === undefined || protocol === "TCP" || protocol === 6;
  const paths = objectsOf(rule["http"]["paths"]).flatMap((path, index) =>
    Object.keys(path).length === 1 ? [] : [wrong(`${at}.paths[${index}]`, path, "a path has either `exact` or `prefix`")],
  );
  return [
    ...(tcp ? [] : [wrong(`${field}.protocol`, protocol, "an HTTP match needs protocol TCP or none")]),
    ...(rule["action"] === "Allow" ? [] : [forbiddenField(at, "an HTTP match is for Allow rules only")]),
    ...(direction === "ingress" ? [] : [forbiddenField(at, "an HTTP match is for ingress rules only")]),
    ...paths,
  ];
}

/** Which side of a policy a rule belongs to. */
export type Direction = "ingress" | "egress";

/** What is wrong with one rule of a Calico policy, beyond its shape. */
export function checkRule(rule: JsonObject, field: string, direction: Direction): readonly Cause[] {
  const at = { rule, field };
  return [
    ...checkProtocol(rule["protocol"], `${field}.protocol`),
    ...checkProtocol(rule["notProtocol"], `${field}.notProtocol`),
    ...checkIpVersion(at),
    ...checkIcmp(at),
    ...checkEntity(objectOf(rule["source"]), `${field}.source`, at),
    ...checkEntity(objectOf(rule["destination"]), `${field}.destination`, at),
    ...checkHttp(at, direction),
  ];
}
