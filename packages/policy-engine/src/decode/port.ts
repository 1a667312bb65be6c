import type { Port } from "../model/policy";
import { protocolNumber } from "../model/protocol";
import { complain, written, type Reader } from "./reader";

const MAX_PORT = 65_535;
const PORT_NAME = /^[a-zA-Z0-9_.-]{1,128}$/;

function rangePort(reader: Reader, from: number, to: number): Port | undefined {
  if (from >= 1 && to <= MAX_PORT && from <= to) return { kind: "range", from, to };
  const message = from > to ? `port range \`${from}:${to}\` runs backwards` : "ports are numbers from 1 to 65535";
  complain(reader, { code: "invalid-port", message });
  return undefined;
}

/** Whether it is Calico's own structure of a port (numorstring.Port), which has a name or numbers, and is never written. */
function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && ["PortName", "MinPort", "MaxPort"].some((key) => key in value);
}

/** Reads a port of a rule: a number, `from:to`, or the name of a port (numorstring.Port in Calico's API). */
export function readPort(reader: Reader): Port | undefined {
  const { value } = reader;
  if (typeof value === "number" && Number.isInteger(value)) return rangePort(reader, value, value);
  if (typeof value === "string") {
    const range = /^(\d+)(?::(\d+))?$/.exec(value);
    if (range) return rangePort(reader, Number(range[1]), Number(range[2] ?? range[1]));
    if (PORT_NAME.test(value)) return { kind: "named", name: value };
  }
  const hint = "write 80, '8080:8090' or the name of a port";
  if (isStructure(value)) {
    const both = "PortName" in value && ("MinPort" in value || "MaxPort" in value);
    const message = both ? "a port has a name or numbers, not both" : "a port is written as a number or a text";
    complain(reader, { code: "invalid-port", message, hint });
    return undefined;
  }
  complain(reader, { code: "invalid-port", message: `${written(value)} is not a port`, hint });
  return undefined;
}

const PROTOCOL_HINT = "write TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255";

/** Reads a protocol: a name that Calico knows, in its spelling, or a number from 1 to 255. */
export function readProtocol(reader: Reader): number | undefined {
  const { value } = reader;
  if (value === undefined || value === null) return undefined;
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && /^\d{1,3}$/.test(value)
        ? Number(value)
        : undefined;
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= 255) return number;
  const named = typeof value === "string" ? protocolNumber(value) : undefined;
  if (named !== undefined) return named;
  complain(reader, { code: "invalid-protocol", message: `${written(value)} is not a protocol`, hint: PROTOCOL_HINT });
  return undefined;
}
