import type { LeaseRecord } from "./lease-record";

/**
 * How long a lease lasts, all in ms. A holder that cannot renew gives up after `renewDeadline`, and has
 * `duration - renewDeadline` to come to rest before anybody else may begin. A request that hangs is given up after
 * `silence`, so that it can be sent again before the deadline.
 */
export interface LeaseTiming {
  readonly durationMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
  readonly silenceMs: number;
}

/** In the proportions of Kubernetes' own controllers: of 15 s, a deadline of 10 s and a try every 2 s. */
export function leaseTiming(durationMs: number): LeaseTiming {
  const part = durationMs / 15;
  return { durationMs, renewDeadlineMs: 10 * part, retryMs: 2 * part, silenceMs: 4 * part };
}

/** Whether this replica works. `renewedAtMs`: by our clock, when the last renewal that succeeded was sent. */
export type Standing = { readonly kind: "standby" } | { readonly kind: "active"; readonly renewedAtMs: number };

/** A Lease as read, and since when, by our clock, it has said this. */
export interface Observation {
  readonly record: LeaseRecord;
  readonly sinceMs: number;
  /** It was deleted and made anew: whoever held the one before may go on for a while, and nothing here names them. */
  readonly isMadeAnew: boolean;
}

/** What to do about the lease. */
export type LeaseStep =
  /** Write that we hold it. `continued`: nobody else has held it since we did, in this process or an earlier one. */
  | { readonly kind: "take"; readonly continued: boolean; readonly transitions: number }
  | { readonly kind: "renew" }
  /** Somebody else holds it, or may; empty: nobody knows who. */
  | { readonly kind: "wait"; readonly holder: string }
  /** Be active no longer. */
  | { readonly kind: "stand-down"; readonly why: string };

/** What deciding needs to know beside the lease. */
export interface Deciding {
  readonly me: string;
  readonly nowMs: number;
  readonly timing: LeaseTiming;
}

/**
 * Decides. INVARIANT: no time that another clock wrote is looked at. Another's lease has run out when it has said the
 * same for its whole duration while we watched.
 */
export function decideLease(standing: Standing, seen: Observation, { me, nowMs, timing }: Deciding): LeaseStep {
  const { record, sinceMs, isMadeAnew } = seen;
  if (standing.kind === "active") {
    if (record.holder !== me) return { kind: "stand-down", why: `${holderText(record.holder)} holds the lease` };
    return isOverdue(standing, { nowMs, timing }) ? { kind: "stand-down", why: OVERDUE } : { kind: "renew" };
  }
  // The same name is the same pod, whose former process has ended.
  if (record.holder === me) return { kind: "take", continued: true, transitions: record.transitions };
  const lastsMs = record.durationSeconds > 0 ? record.durationSeconds * 1_000 : timing.durationMs;
  if ((record.holder !== "" || isMadeAnew) && nowMs - sinceMs < lastsMs) return { kind: "wait", holder: record.holder };
  return { kind: "take", continued: false, transitions: record.transitions + 1 };
}

const OVERDUE = "it could not be renewed in time";

/** True when the last renewal is so old that somebody else may soon begin. */
export function isOverdue(standing: Standing, { nowMs, timing }: Pick<Deciding, "nowMs" | "timing">): boolean {
  return standing.kind === "active" && nowMs - standing.renewedAtMs >= timing.renewDeadlineMs;
}

/** What was observed, given what was observed before: the same record keeps its time. */
export function observe(before: Observation | undefined, record: LeaseRecord, nowMs: number): Observation {
  if (before !== undefined && isSame(before.record, record)) return before;
  const isMadeAnew = isUnwritten(record) && before !== undefined && (before.isMadeAnew || !isUnwritten(before.record));
  return { record, sinceMs: nowMs, isMadeAnew };
}

/** One that was released keeps its times: nobody has written to one that has none. */
const isUnwritten = ({ holder, renewTime }: LeaseRecord): boolean => holder === "" && renewTime === "";

function isSame(a: LeaseRecord, b: LeaseRecord): boolean {
  return (
    a.holder === b.holder &&
    a.renewTime === b.renewTime &&
    a.acquireTime === b.acquireTime &&
    a.transitions === b.transitions &&
    a.durationSeconds === b.durationSeconds
  );
}

const holderText = (holder: string): string => (holder === "" ? "nobody" : `\`${holder}\``);
