import {
  connectionsOfIcmp,
  connectionsOfPorts,
  connectionsOfProtocol,
  intersectConnections,
  intervals,
  NO_CONNECTIONS,
  uniteConnections,
  type ConnectionSet,
} from "@isthmus/policy-engine";
import { err, ok, type Result } from "@isthmus/std";
import { parseTraffic, protocolNamed, type Traffic } from "../explain/port";
import { usageError, type Finding } from "../report/finding";

const RANGE = /^(\d{1,5})-(\d{1,5})\/(\w+)$/;

const HINT = "write PORT/PROTOCOL, such as 443/TCP, 8000-8080/TCP, 8/ICMP, or a protocol alone";

function ofPorts(protocol: number, from: number, to: number): ConnectionSet {
  return intersectConnections(
    connectionsOfProtocol(protocol),
    connectionsOfPorts({ destination: intervals({ from, to }) }),
  );
}

function ofTraffic(traffic: Traffic): ConnectionSet | undefined {
  const { kind, protocol } = traffic;
  if (kind === "port") return ofPorts(protocol, traffic.port, traffic.port);
  if (kind === "named-port") return undefined;
  if (kind === "protocol" || !traffic.icmp) return connectionsOfProtocol(protocol);
  return intersectConnections(connectionsOfProtocol(protocol), connectionsOfIcmp(traffic.icmp));
}

function parseOne(text: string): ConnectionSet | undefined {
  const whole = protocolNamed(text);
  if (whole !== undefined) return connectionsOfProtocol(whole);
  const [, from = "", to = "", name = ""] = RANGE.exec(text) ?? [];
  const protocol = protocolNamed(name);
  if (from !== "") {
    const sound = protocol !== undefined && Number(from) <= Number(to) && Number(to) <= 65_535;
    const set = sound ? ofPorts(protocol, Number(from), Number(to)) : NO_CONNECTIONS;
    return set.length > 0 ? set : undefined;
  }
  const traffic = parseTraffic(text);
  return traffic.ok ? ofTraffic(traffic.value) : undefined;
}

/** Reads connections as they are typed: `443/TCP`, `8000-8080/TCP`, `ICMP`, several in one text or in many. */
export function parseConnections(texts: readonly string[]): Result<ConnectionSet, readonly Finding[]> {
  const words = texts.flatMap((text) => text.split(",")).map((word) => word.trim());
  const read = words.map((word) => ({ word, set: parseOne(word) }));
  const wrong = read.filter(({ set }) => set === undefined);
  if (wrong.length > 0) {
    const problem = (word: string) => ({
      code: "port",
      message: `\`${word}\` is not a port and a protocol`,
      hint: HINT,
    });
    return err(wrong.map(({ word }) => usageError(problem(word))));
  }
  return ok(read.reduce<ConnectionSet>((all, { set }) => uniteConnections(all, set ?? NO_CONNECTIONS), NO_CONNECTIONS));
}
