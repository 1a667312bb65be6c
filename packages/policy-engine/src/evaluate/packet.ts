import type { EndpointPort } from "../model/policy";
import type { IpAddress } from "../net/address";
import type { LabelMap } from "../selector/evaluate";

/** An HTTP request, as it was observed. */
export interface HttpRequest {
  readonly method: string;
  /** As it was sent, query included. */
  readonly path: string;
  /** Absent: not observed. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One connection's packet, as rules see it. A port that is absent is not known. */
export interface Packet {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** IP protocol number. */
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
  /** The request that it carries, where application layer data were observed. */
  readonly http?: HttpRequest;
}

/** Something that holds an address, so that selectors can match it: an endpoint or a network set. */
export interface Holder {
  readonly labels: LabelMap;
  readonly ports: readonly EndpointPort[];
}

/** Whether something matches; `unknown` where what is known does not decide it. */
export type Outcome =
  { readonly kind: "match" } | { readonly kind: "no-match" } | { readonly kind: "unknown"; readonly reason: string };

export const MATCH: Outcome = { kind: "match" };
export const NO_MATCH: Outcome = { kind: "no-match" };

/** An outcome that cannot be decided, and why. */
export const undecided = (reason: string): Outcome => ({ kind: "unknown", reason });

/** The outcome of something decided. */
export const decided = (matches: boolean): Outcome => (matches ? MATCH : NO_MATCH);

/** The opposite. */
export function negate(outcome: Outcome): Outcome {
  if (outcome.kind === "unknown") return outcome;
  return outcome.kind === "match" ? NO_MATCH : MATCH;
}
