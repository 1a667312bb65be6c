import type { ProbeResultRecord } from "@isthmus/db";

/** A result older than this says nothing of now. */
export const STALE_AFTER_MS = 5 * 60_000;

/** A probe's result as pages have it; moments in ms. */
export interface ProbeFact extends Omit<ProbeResultRecord, "at" | "sourceClusterId" | "targetClusterId"> {
  readonly at: number;
}

/** What a result says of a pair. */
export type MeasuredKind = "direct" | "translated" | "answered" | "unanswered" | "stranger" | "failed";

/** What is measured of a pair now. */
export type Measured =
  | { readonly kind: MeasuredKind; readonly at: number; readonly roundTripUs: number }
  /** Measured once, and no longer: unknown since then. */
  | { readonly kind: "stale"; readonly at: number }
  | { readonly kind: "none"; readonly why: string };

/** A cluster's part in probes. */
export interface ProbePart {
  readonly name: string;
  readonly enabled: boolean;
  /** Address of its running probe pod; null: none is known. */
  readonly podAddress: string | null;
  /** Its agent is connected. */
  readonly heard: boolean;
}

/** What one result says: whether it arrived, and as whom. */
export function kindOf({ outcome, ownAddress, seenAddress }: ProbeFact): MeasuredKind {
  switch (outcome) {
    case "answered":
      if (ownAddress === "") return "answered";
      return ownAddress === seenAddress ? "direct" : "translated";
    case "refused":
    case "timeout":
    case "unreachable":
      return "unanswered";
    case "other-answer":
      return "stranger";
    case "failed":
      return "failed";
  }
}

/** What is measured from one cluster to another at `now`, or why nothing is. */
export function measuredOf(
  latest: ProbeFact | undefined,
  { from, to }: { readonly from: ProbePart; readonly to: ProbePart },
  now: number,
): Measured {
  if (latest !== undefined && now - latest.at < STALE_AFTER_MS)
    return { kind: kindOf(latest), at: latest.at, roundTripUs: latest.roundTripUs };
  if (latest !== undefined) return { kind: "stale", at: latest.at };
  return { kind: "none", why: whyNone(from, to) };
}

function whyNone(from: ProbePart, to: ProbePart): string {
  const off = [from, to].filter(({ enabled }) => !enabled).map(({ name }) => name);
  if (off.length > 0) return `probes are off in ${off.join(" and ")}`;
  if (to.podAddress === null) return `no probe pod runs in ${to.name}, at an address of its pod ranges`;
  if (!from.heard) return `the agent of ${from.name} is not connected`;
  return `the agent of ${from.name} has not reported yet; one from before probes cannot`;
}

/** A result as a sentence, with what may be the cause where it did not arrive. */
export function measuredWords(fact: ProbeFact): string {
  const target = fact.targetAddress;
  switch (kindOf(fact)) {
    case "direct":
      return `${target} answered and saw ${fact.seenAddress}, the agent's own address`;
    case "translated":
      return `${target} answered and saw ${fact.seenAddress}, while the agent's address is ${fact.ownAddress}: translated on the way`;
    case "answered":
      return `${target} answered and saw ${fact.seenAddress}; the agent does not know its own address there`;
    case "stranger":
      return `something else answered at ${target}: the address is another's for this cluster, as where ranges overlap`;
    case "failed":
      return `the agent could not dial: ${fact.message}`;
    case "unanswered":
      return unanswered(fact);
  }
}

function unanswered({ outcome, targetAddress, message }: ProbeFact): string {
  switch (outcome) {
    case "refused":
      return `${targetAddress} refused: the pod is there and nothing listens, or a policy rejects (${message})`;
    case "unreachable":
      return `a router has no way to ${targetAddress} (${message})`;
    default:
      return `nothing came back from ${targetAddress}: no route, or a policy or firewall drops TCP 7460 between the agent and the probe pod`;
  }
}
