import type { IpAddress } from "../net/address";
import { judgeEndpoint } from "./judge";
import type { Packet } from "./packet";
import type { EndpointVerdict, Verdict } from "./trace";
import type { Endpoint } from "./endpoint";
import type { World } from "./world";

/** An end of a connection: an endpoint in the world of its cluster, or an address that nobody of ours has. */
export type ConnectionEnd =
  | { readonly kind: "endpoint"; readonly world: World; readonly endpoint: Endpoint; readonly address: IpAddress }
  | { readonly kind: "address"; readonly address: IpAddress };

/** A connection to be judged. */
export interface Connection extends Omit<Packet, "source" | "destination"> {
  readonly source: ConnectionEnd;
  readonly destination: ConnectionEnd;
}

/** What becomes of a connection: it needs the leave of its source's policies and of its destination's. */
export interface ConnectionVerdict {
  readonly verdict: Verdict;
  readonly pending: Verdict;
  /** Absent where that end is no endpoint of ours. */
  readonly egress?: EndpointVerdict;
  readonly ingress?: EndpointVerdict;
}

function combine(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes("deny")) return "deny";
  return verdicts.includes("unknown") ? "unknown" : "allow";
}

/** Judges a connection: egress at its source and ingress at its destination, each by its own cluster's policies. */
export function judgeConnection({ source, destination, ...rest }: Connection): ConnectionVerdict {
  const packet: Packet = { ...rest, source: source.address, destination: destination.address };
  const egress =
    source.kind === "endpoint"
      ? judgeEndpoint(source.world, { endpoint: source.endpoint, direction: "egress", packet })
      : undefined;
  const ingress =
    destination.kind === "endpoint"
      ? judgeEndpoint(destination.world, { endpoint: destination.endpoint, direction: "ingress", packet })
      : undefined;
  const judged = [egress, ingress].filter((v) => v !== undefined);
  return {
    verdict: combine(judged.map((v) => v.verdict)),
    pending: combine(judged.map((v) => v.pending.verdict)),
    ...(egress && { egress }),
    ...(ingress && { ingress }),
  };
}
