import { PROTOCOL_NUMBERS, protocolHasPorts, protocolName } from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";
import { usageError, type Finding } from "../report/finding";

/** What a connection is: a protocol, and its port or its ICMP type and code. A named port is the destination's to resolve. */
export type Traffic =
  | { readonly kind: "port"; readonly protocol: number; readonly port: number }
  | { readonly kind: "named-port"; readonly protocol: number; readonly name: string }
  | {
      readonly kind: "icmp";
      readonly protocol: number;
      readonly icmp?: { readonly type: number; readonly code: number };
    }
  | { readonly kind: "protocol"; readonly protocol: number };

const HINT = "write PORT/PROTOCOL, such as 80/TCP, dns/UDP, 8/ICMP, or /47 for a protocol without ports";

const NAMES = new Map(Object.entries(PROTOCOL_NUMBERS).map(([name, number]) => [name.toLowerCase(), number]));

const wholeNumber = (text: string, max: number): number | undefined =>
  /^\d{1,5}$/.test(text) && Number(text) <= max ? Number(text) : undefined;

function protocolOf(text: string): number | undefined {
  return protocolNamed(text) ?? wholeNumber(text, 255);
}

/** The number of a protocol by its name, however that is spelt. */
export const protocolNamed = (text: string): number | undefined => NAMES.get(text.toLowerCase());

const isIcmp = (protocol: number): boolean =>
  protocol === PROTOCOL_NUMBERS.ICMP || protocol === PROTOCOL_NUMBERS.ICMPv6;

function parseIcmp(protocol: number, parts: readonly string[]): Traffic | undefined {
  if (parts.length === 0) return { kind: "icmp", protocol };
  const [type, code] = [wholeNumber(parts[0] ?? "", 255), wholeNumber(parts[1] ?? "0", 255)];
  if (type === undefined || code === undefined || parts.length > 2) return undefined;
  return { kind: "icmp", protocol, icmp: { type, code } };
}

function parsePort(protocol: number, [text, ...more]: readonly string[]): Traffic | undefined {
  if (text === undefined || text === "" || more.length > 0) return undefined;
  const port = wholeNumber(text, 65_535);
  if (port !== undefined) return port > 0 ? { kind: "port", protocol, port } : undefined;
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text)
    ? { kind: "named-port", protocol, name: text }
    : undefined;
}

/** Reads `80/TCP`, `http/TCP`, `8/ICMP`, `3/4/ICMP`, `ICMP` or `/47`; a port that stands alone is one of TCP. */
export function parseTraffic(text: string): Result<Traffic, Finding> {
  const parts = text.split("/");
  const lone = parts.length === 1 && protocolNamed(text) === undefined;
  const protocol = lone ? PROTOCOL_NUMBERS.TCP : protocolOf(parts.at(-1) ?? "");
  const before = lone ? parts : parts.slice(0, -1).filter((part, at) => part !== "" || at > 0);
  const traffic = protocol === undefined ? undefined : trafficOf(protocol, before);
  if (traffic) return ok(traffic);
  return err(usageError({ code: "port", message: `\`${text}\` is not a port and a protocol`, hint: HINT }));
}

function trafficOf(protocol: number, parts: readonly string[]): Traffic | undefined {
  if (isIcmp(protocol)) return parseIcmp(protocol, parts);
  if (protocolHasPorts(protocol)) return parsePort(protocol, parts);
  return parts.length === 0 ? { kind: "protocol", protocol } : undefined;
}

/** Traffic as people write it: `TCP 80`. */
export function trafficText(traffic: Traffic): string {
  const protocol = protocolName(traffic.protocol);
  if (traffic.kind === "port") return `${protocol} ${traffic.port}`;
  if (traffic.kind === "named-port") return `${protocol} ${traffic.name}`;
  if (traffic.kind === "protocol") return /^\d/.test(protocol) ? `protocol ${protocol}` : protocol;
  return traffic.icmp ? `${protocol} type ${traffic.icmp.type} code ${traffic.icmp.code}` : protocol;
}
