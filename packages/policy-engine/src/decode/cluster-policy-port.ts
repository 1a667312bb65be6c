import type { Port } from "../model/policy";
import { PROTOCOL_NUMBERS, protocolName } from "../model/protocol";
import { compareBytes } from "../text/order";
import { onlyField } from "./cluster-policy-field";
import { complain, field, isPresent, readInteger, readList, readObject, readString, warn, type Reader } from "./reader";

/** Most entries of any list of a ClusterNetworkPolicy (its CRD). */
export const MAX_ENTRIES = 25;

const PORT_BOUNDS = { min: 1, max: 65_535 } as const;
const PROTOCOLS = { tcp: PROTOCOL_NUMBERS.TCP, udp: PROTOCOL_NUMBERS.UDP, sctp: PROTOCOL_NUMBERS.SCTP } as const;

/**
 * What the `protocols` of a rule mean: ports by protocol, where `undefined` stands for all ports and an absent protocol
 * for all traffic; or that Calico cannot convert them, so that the rule fails closed.
 */
export type ProtocolMatch =
  | { readonly kind: "all" }
  | { readonly kind: "ports"; readonly byProtocol: readonly (readonly [number, readonly Port[] | undefined])[] }
  | { readonly kind: "unsupported" };

function readRange(reader: Reader): Port | undefined {
  readObject(reader, ["start", "end"]);
  const [from, to] = ["start", "end"].map((key) => {
    const at = field(reader, key);
    if (!isPresent(at)) complain(at, { code: "missing-field", message: `the range has no \`${key}\`` });
    return readInteger(at, PORT_BOUNDS);
  });
  if (from === undefined || to === undefined) return undefined;
  if (from >= to) complain(reader, { code: "invalid-port", message: "start must be below end" });
  return { kind: "range", from, to };
}

function readDestinationPort(reader: Reader): Port | undefined {
  readObject(reader, ["number", "range"]);
  const chosen = onlyField(reader, ["number", "range"]);
  if (chosen === "range") return readRange(field(reader, "range"));
  const number = readInteger(field(reader, "number"), PORT_BOUNDS);
  return number === undefined ? undefined : { kind: "range", from: number, to: number };
}

function readProtocolPorts(reader: Reader): Port | undefined {
  readObject(reader, ["destinationPort"]);
  const port = field(reader, "destinationPort");
  if (!isPresent(port)) {
    complain(reader, {
      code: "missing-field",
      message: "a protocol needs destinationPort",
      hint: "leave protocols out",
    });
    return undefined;
  }
  return readDestinationPort(port);
}

/** Reads the `protocols` of a rule (libcalico-go conversion, unpackCNPProtocols). */
export function readProtocols(reader: Reader): ProtocolMatch {
  if (!isPresent(reader)) return { kind: "all" };
  const byProtocol = new Map<number, readonly Port[] | undefined>();
  let unsupported = false;
  const entries = readList(reader, MAX_ENTRIES);
  if (entries.length === 0)
    complain(reader, { code: "empty-list", message: "protocols is empty", hint: "leave it out" });
  for (const at of entries) {
    readObject(at, ["tcp", "udp", "sctp", "destinationNamedPort"]);
    const chosen = onlyField(at, ["tcp", "udp", "sctp", "destinationNamedPort"]);
    if (chosen === undefined) continue;
    const inner = field(at, chosen);
    if (chosen === "destinationNamedPort") {
      readString(inner);
      warn(inner, {
        code: "unsupported-named-port",
        message: "Calico does not convert named ports here: the rule fails closed",
      });
      unsupported = true;
      continue;
    }
    const port = readProtocolPorts(inner);
    const known = byProtocol.get(PROTOCOLS[chosen]) ?? [];
    if (port) byProtocol.set(PROTOCOLS[chosen], [...known, port]);
  }
  if (unsupported) return { kind: "unsupported" };
  const sorted = [...byProtocol].sort(([a], [b]) => compareBytes(protocolName(a), protocolName(b)));
  return sorted.length === 0 ? { kind: "all" } : { kind: "ports", byProtocol: sorted };
}
