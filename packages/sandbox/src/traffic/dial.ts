import type { Clock } from "@isthmus/std";
import { formatAddress, type Address } from "../dataplane/address";
import type { Packet } from "../dataplane/model";
import type { CallFailure } from "./failures";
import { findHost, type Internet } from "./internet";
import type { Connection, Network, Place } from "./network";
import { between, type Random } from "./random";
import type { ServiceProxy, Target } from "./service-proxy";

/** What dialling goes through. */
export interface DialParts {
  readonly network: Network;
  readonly proxyOf: (cluster: string) => ServiceProxy;
  readonly internet: Internet;
  readonly random: Random;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A connection that was made, with where it ended up. */
export interface Dialled {
  readonly kind: "dialled";
  readonly connection: Connection;
  readonly target: Target;
}

/** A connection that was not made, and why as the caller sees it. */
export interface DialFailure {
  readonly kind: "failed";
  readonly reason: CallFailure["reason"];
  readonly message: string;
}

const DIAL_TIMEOUT_MS = 3_000;
/** When TCP sends its first packet again, after the first, in ms. */
const RETRY_AFTER_MS = 1_000;

/**
 * Dials an address from a pod: through its cluster's service table, then the first packet again and again until it is
 * delivered or three seconds have passed. Each packet is judged anew, so a policy that changes meanwhile counts.
 */
export async function dial(parts: DialParts, from: Place, wanted: Target): Promise<Dialled | DialFailure> {
  const translation = parts.proxyOf(from.cluster.name).translate(wanted, parts.random);
  if (translation.kind === "no-endpoints")
    return failure("CallFailed", wanted, "connection refused, the service has no endpoints");
  const target = translation.kind === "endpoint" ? translation.target : wanted;
  const connection: Connection = {
    near: from.cluster,
    origin: "pod",
    packet: firstPacketOf(from.endpoint.address, target, parts.random),
    service: translation.kind === "endpoint" ? translation.service : undefined,
    seen: {},
  };
  for (const waitMs of [RETRY_AFTER_MS, DIAL_TIMEOUT_MS - RETRY_AFTER_MS]) {
    if (parts.network.send(connection) === "delivered" && reaches(parts, connection, target)) {
      return { kind: "dialled", connection, target };
    }
    await parts.clock.sleep(waitMs, parts.signal);
  }
  parts.network.abandon(connection);
  return failure("DeadlineExceeded", target, "i/o timeout after 3s");
}

/** The first packet of a connection. */
export function firstPacketOf(source: Address, target: Target, random: Random): Packet {
  return {
    protocol: target.protocol,
    source,
    sourcePort: between(32_768, 60_999, random),
    destination: target.address,
    destinationPort: target.port,
  };
}

function failure(reason: CallFailure["reason"], target: Target, why: string): DialFailure {
  return { kind: "failed", reason, message: `dial ${formatAddress(target.address)}:${target.port}: ${why}` };
}

/** Whether somebody answers there: a pod, or a host outside that is up. */
function reaches({ network, internet, random }: DialParts, { near }: Connection, target: Target): boolean {
  if (network.placeOf(target.address, near) !== undefined) return true;
  const host = findHost(internet, target);
  return host !== undefined && random() < host.reliability;
}
