import { isObject, objectOf, objectsOf, stringMapOf, stringOf, stringsOf, type JsonObject } from "../../json";
import type { Cause } from "../status";
import { checkEntity, ipVersionsOf, normalProtocol, type EntityAt } from "./calico-entities";
import { forbiddenField, unsupported, wrong } from "./causes";
import { checkKeys } from "./names";

/** A rule with its place in a policy. */
export interface RuleAt extends Pick<EntityAt, "direction" | "scope"> {
  readonly rule: JsonObject;
  readonly field: string;
}

const protocolNames = ["TCP", "UDP", "ICMP", "ICMPv6", "SCTP", "UDPLite"];
const icmpProtocols: readonly unknown[] = ["ICMP", "ICMPv6", 1, 58];

/** What is wrong with one rule of a Calico policy, beyond its shape. */
export function checkRule(at: RuleAt): readonly Cause[] {
  const { rule, field, direction, scope } = at;
  const entities = (["source", "destination"] as const).flatMap((side) =>
    checkEntity({
      entity: objectOf(rule[side]),
      field: `${field}.${side}`,
      side,
      direction,
      protocol: rule["protocol"],
      scope,
    }),
  );
  return [
    ...checkKeys(stringMapOf(objectOf(rule["metadata"])["annotations"]), `${field}.metadata.annotations`),
    ...checkProtocol(rule["protocol"], `${field}.protocol`),
    ...checkProtocol(rule["notProtocol"], `${field}.notProtocol`),
    ...checkIpVersion(at),
    ...checkIcmp(at),
    ...entities,
    ...checkHttp(at),
  ];
}

function checkProtocol(value: unknown, field: string): readonly Cause[] {
  const protocol = normalProtocol(value);
  if (protocol === undefined) return [];
  if (typeof protocol === "number") {
    return protocol >= 1 && protocol <= 255 ? [] : [wrong(field, value, "must be between 1 and 255")];
  }
  const known = protocolNames.includes(stringOf(protocol));
  return known ? [] : [wrong(field, value, `must be a number or one of ${protocolNames.join(", ")}`)];
}

function fixedVersion(protocol: unknown): 4 | 6 | undefined {
  const normal = normalProtocol(protocol);
  if (normal === "ICMP" || normal === 1) return 4;
  return normal === "ICMPv6" || normal === 58 ? 6 : undefined;
}

function checkIpVersion({ rule, field }: RuleAt): readonly Cause[] {
  const version = rule["ipVersion"];
  if (version !== undefined && version !== 4 && version !== 6)
    return [unsupported(`${field}.ipVersion`, version, ["4", "6"])];
  const ofNets = [...ipVersionsOf(objectOf(rule["source"])), ...ipVersionsOf(objectOf(rule["destination"]))];
  const all = new Set(version === undefined ? ofNets : [version, ...ofNets]);
  const mixed = all.size > 1 ? [wrong(field, [...all], "a rule cannot mix versions of IP")] : [];
  const protocols = ["protocol", "notProtocol"].flatMap((name) => {
    const fixed = fixedVersion(rule[name]);
    const clash = fixed !== undefined && version !== undefined && fixed !== version;
    return clash ? [wrong(`${field}.${name}`, rule[name], `this protocol needs ipVersion ${fixed}`)] : [];
  });
  return [...mixed, ...protocols];
}

function checkIcmp({ rule, field }: RuleAt): readonly Cause[] {
  return ["icmp", "notICMP"].flatMap((name) => {
    const match = rule[name];
    if (!isObject(match)) return [];
    const bare = match["code"] !== undefined && match["type"] === undefined;
    return [
      ...(bare ? [wrong(`${field}.${name}.code`, match["code"], "an ICMP code needs an ICMP type")] : []),
      ...(icmpProtocols.includes(normalProtocol(rule["protocol"]))
        ? []
        : [wrong(`${field}.${name}`, match, "ICMP fields need protocol ICMP or ICMPv6")]),
    ];
  });
}

function checkHttp({ rule, field, direction }: RuleAt): readonly Cause[] {
  if (!isObject(rule["http"])) return [];
  const at = `${field}.http`;
  const protocol = normalProtocol(rule["protocol"]);
  const tcp = protocol === undefined || protocol === "TCP" || protocol === 6;
  const methods = stringsOf(rule["http"]["methods"]);
  const repeated = methods.filter((method, index) => methods.indexOf(method) !== index);
  return [
    ...(tcp ? [] : [wrong(`${field}.protocol`, protocol, "an HTTP match needs protocol TCP or none")]),
    ...(rule["action"] === "Allow" ? [] : [forbiddenField(at, "an HTTP match is for Allow rules only")]),
    ...(direction === "ingress" ? [] : [forbiddenField(at, "an HTTP match is for ingress rules only")]),
    ...repeated.map((method) => wrong(`${at}.methods`, method, "is given twice")),
    ...objectsOf(rule["http"]["paths"]).flatMap((path, index) => checkPath(path, `${at}.paths[${index}]`)),
  ];
}

function checkPath(path: JsonObject, field: string): readonly Cause[] {
  const [only, ...more] = Object.values(path);
  if (only === undefined || more.length > 0) return [wrong(field, path, "a path has either `exact` or `prefix`")];
  return /[?#\s]/.test(stringOf(only)) ? [wrong(field, only, "a path has no query, fragment or space")] : [];
}
