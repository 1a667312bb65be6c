import type { Direction, EntityRule, IcmpMatch, Rule } from "../model/policy";
import { PROTOCOL_NUMBERS, protocolHasPorts } from "../model/protocol";
import type { Labels } from "../model/resource";
import { readEntityRule } from "./entity-rule";
import { readHttp } from "./http";
import { readAnnotations } from "./metadata";
import { readProtocol } from "./port";
import {
  complain,
  field,
  findingsSoFar,
  isPresent,
  readInteger,
  readObject,
  readWord,
  unknownFieldsSince,
  type Reader,
} from "./reader";

const ACTIONS = ["Allow", "Deny", "Log", "Pass"] as const;

const FIELDS = [
  "action",
  "protocol",
  "notProtocol",
  "icmp",
  "notICMP",
  "ipVersion",
  "source",
  "destination",
  "http",
  "metadata",
] as const;

/** Reads ICMP type and code; Linux matches a code only together with a type. */
export function readIcmp(reader: Reader): IcmpMatch | undefined {
  if (!isPresent(reader)) return undefined;
  readObject(reader, ["type", "code"]);
  const type = readInteger(field(reader, "type"), { min: 0, max: 254 });
  const code = readInteger(field(reader, "code"), { min: 0, max: 255 });
  if (isPresent(field(reader, "code")) && !isPresent(field(reader, "type"))) {
    complain(reader, { code: "icmp-code-without-type", message: "an ICMP code needs an ICMP type" });
  }
  return { ...(type !== undefined && { type }), ...(code !== undefined && { code }) };
}

function readIpVersion(reader: Reader): 4 | 6 | undefined {
  if (!isPresent(reader)) return undefined;
  if (reader.value === 4 || reader.value === 6) return reader.value;
  complain(reader, { code: "invalid-ip-version", message: "ipVersion is 4 or 6" });
  return undefined;
}

/** Ports need a protocol that has them; a named port brings its own protocol, so it stands without one too. */
function checkPorts(reader: Reader, rule: Rule): void {
  for (const side of ["source", "destination"] as const) {
    for (const key of ["ports", "notPorts"] as const) {
      const ports = rule[side][key];
      const at = field(field(reader, side), key);
      if (ports.length === 0 || (rule.protocol !== undefined && protocolHasPorts(rule.protocol))) continue;
      // A protocol that could not be read is complained about once, where it stands.
      if (
        rule.protocol === undefined &&
        (isPresent(field(reader, "protocol")) || ports.every((p) => p.kind === "named"))
      )
        continue;
      const hint = "set protocol to TCP, UDP or SCTP";
      complain(at, { code: "ports-need-protocol", message: "ports need a protocol that has ports", hint });
    }
  }
}

function checkIcmp(reader: Reader, rule: Rule): void {
  const { ICMP, ICMPv6 } = PROTOCOL_NUMBERS;
  if (rule.icmp && rule.protocol !== ICMP && rule.protocol !== ICMPv6) {
    const message = "icmp needs protocol ICMP or ICMPv6";
    complain(field(reader, "icmp"), { code: "icmp-needs-protocol", message });
  }
  for (const protocol of [rule.protocol, rule.notProtocol]) {
    const version = protocol === ICMP ? 4 : protocol === ICMPv6 ? 6 : undefined;
    if (version === undefined || rule.ipVersion === undefined || rule.ipVersion === version) continue;
    const message = `this ICMP protocol is of IP version ${version}`;
    complain(field(reader, "ipVersion"), { code: "ip-version-mismatch", message });
  }
}

function netVersions(entity: EntityRule, key: "nets" | "notNets"): ReadonlySet<4 | 6> {
  return new Set(entity[key].map((net) => net.version));
}

/** One packet has one IP version: a rule that mixes them can never match. */
function checkNetVersions(reader: Reader, rule: Rule): void {
  const seen = new Set<4 | 6>();
  for (const side of ["source", "destination"] as const) {
    for (const key of ["nets", "notNets"] as const) {
      const at = field(field(reader, side), key);
      const versions = netVersions(rule[side], key);
      if (rule.ipVersion !== undefined && [...versions].some((v) => v !== rule.ipVersion)) {
        complain(at, { code: "ip-version-mismatch", message: `the rule is for IP version ${rule.ipVersion}` });
      }
      for (const version of versions) seen.add(version);
      if (seen.size === 2 && versions.size > 0) {
        const hint = "write one rule for each";
        complain(at, { code: "mixed-ip-versions", message: "IPv4 and IPv6 ranges in one rule", hint });
      }
    }
  }
}

function checkHttp(reader: Reader, rule: Rule, direction: Direction | undefined): void {
  if (!rule.http) return;
  const at = field(reader, "http");
  if (rule.action !== "Allow") complain(at, { code: "http-needs-allow", message: "http stands in Allow rules alone" });
  if (direction === "egress") complain(at, { code: "http-in-egress", message: "http stands in ingress rules alone" });
  if (rule.protocol !== undefined && rule.protocol !== PROTOCOL_NUMBERS.TCP) {
    complain(field(reader, "protocol"), { code: "http-needs-tcp", message: "http needs protocol TCP, or none" });
  }
}

/** Services stand at the remote end alone, and bring their ports with them at a destination. */
function checkServices(reader: Reader, rule: Rule, direction: Direction | undefined): void {
  const near = direction === "ingress" ? "destination" : direction === "egress" ? "source" : undefined;
  if (near && rule[near].services) {
    const message = `services is not allowed in the ${near} of an ${direction} rule`;
    complain(field(field(reader, near), "services"), { code: "services-misplaced", message });
  }
  if (!rule.destination.services) return;
  for (const key of ["ports", "notPorts"] as const) {
    if (rule.destination[key].length === 0) continue;
    const message = `\`${key}\` cannot be combined with services in a destination`;
    complain(field(field(reader, "destination"), key), { code: "services-combined", message });
  }
}

function readRuleMetadata(reader: Reader): Labels {
  readObject(reader, ["annotations"]);
  return readAnnotations(field(reader, "annotations"));
}

/**
 * Domains mean something at the destination of Allow rules of egress, beside no nets and no selector (Calico Enterprise,
 * DNS policy); anywhere else nobody has said what.
 */
function misplacedDomains(rule: Rule, direction: Direction | undefined): readonly string[] {
  const { source, destination, action } = rule;
  const inPlace =
    direction === "egress" && action === "Allow" && destination.nets.length === 0 && destination.selector === undefined;
  return source.domains.length > 0 || (destination.domains.length > 0 && !inPlace) ? ["domains"] : [];
}

function decodeRule(reader: Reader): Rule {
  const since = findingsSoFar(reader);
  readObject(reader, FIELDS);
  const action = readWord(field(reader, "action"), ACTIONS);
  if (!isPresent(field(reader, "action"))) {
    complain(reader, {
      code: "missing-action",
      message: "the rule has no action",
      hint: `write action: ${ACTIONS.join(" | ")}`,
    });
  }
  const protocol = readProtocol(field(reader, "protocol"));
  const notProtocol = readProtocol(field(reader, "notProtocol"));
  const ipVersion = readIpVersion(field(reader, "ipVersion"));
  const icmp = readIcmp(field(reader, "icmp"));
  const notIcmp = readIcmp(field(reader, "notICMP"));
  const http = isPresent(field(reader, "http")) ? readHttp(field(reader, "http")) : undefined;
  const source = readEntityRule(field(reader, "source"));
  const destination = readEntityRule(field(reader, "destination"));
  return {
    action: action ?? "Deny",
    ...(protocol !== undefined && { protocol }),
    ...(notProtocol !== undefined && { notProtocol }),
    ...(ipVersion !== undefined && { ipVersion }),
    ...(icmp && { icmp }),
    ...(notIcmp && { notIcmp }),
    ...(http && { http }),
    source,
    destination,
    annotations: readRuleMetadata(field(reader, "metadata")),
    unknown: unknownFieldsSince(reader, since),
  };
}

/** Reads a rule and checks what its parts mean together; `direction` is undefined for a rule that stands alone. */
export function readRule(reader: Reader, direction?: Direction): Rule {
  const decoded = decodeRule(reader);
  const rule: Rule = { ...decoded, unknown: [...decoded.unknown, ...misplacedDomains(decoded, direction)] };
  checkPorts(reader, rule);
  checkIcmp(reader, rule);
  checkNetVersions(reader, rule);
  checkHttp(reader, rule, direction);
  checkServices(reader, rule, direction);
  return rule;
}
