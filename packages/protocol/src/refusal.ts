import { create } from "@bufbuild/protobuf";
import { RefusedSchema, type Refused } from "./messages";

interface RefusalText {
  /** What is wrong and what to do, for the person who reads the agent's log. */
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number;
}

const final = (message: string): RefusalText => ({ message, retryable: false, retryAfterMs: 0 });
const later = (message: string, retryAfterMs: number): RefusalText => ({ message, retryable: true, retryAfterMs });

/** Every reason for which a gateway ends a connection, with its cure. A code is for ever, like a field number. */
export const REFUSALS = {
  "grant-unknown": final(
    'this enrolment grant is not known here; make a new one with "Connect a cluster" and apply its manifest',
  ),
  "grant-expired": final(
    "this enrolment grant has expired; make a new one on the cluster's page and apply its manifest",
  ),
  "grant-used": final(
    "this enrolment grant was used as often as it allows; if that was not you, revoke the cluster's credentials; else make a new grant",
  ),
  "grant-revoked": final(
    "this enrolment grant was revoked; make a new one on the cluster's page and apply its manifest",
  ),
  "grant-pending": later(
    "this cluster waits for a person: approve it in Isthmus under Clusters, Enrolment; the agent asks again by itself",
    10_000,
  ),
  "grant-refused": final(
    "a person refused to let this cluster in by this grant; ask whoever runs Isthmus, or make a new grant and apply its manifest",
  ),
  "grant-full": later(
    "as many clusters as may wait for a person under this grant do; approve or refuse some in Isthmus under Clusters, Enrolment",
    60_000,
  ),
  "credential-unknown": final("this credential is not known here; enrol the cluster again with a new grant"),
  "credential-revoked": final("this cluster's credential was revoked; enrol the cluster again with a new grant"),
  "credential-expired": final("this cluster's credential has expired; enrol the cluster again with a new grant"),
  "wrong-cluster": final(
    "this cluster's kube-system namespace has another UID than the one enrolled; a credential or grant cannot move to another cluster, so enrol this one under a name of its own",
  ),
  "cluster-enrolled": final(
    "this cluster is already enrolled; make a grant for it on its own page and apply that, or remove it there first",
  ),
  "cluster-deleted": final("this cluster was removed from Isthmus; uninstall the agent, or connect the cluster again"),
  "bad-proof": final(
    "the signature does not belong to the key that was enrolled; enrol the cluster again with a new grant",
  ),
  "version-unsupported": final("the agent and the gateway share no protocol version; upgrade the older of the two"),
  "frame-invalid": final("the gateway could not read a message; upgrade the agent, and report this if it persists"),
  "out-of-order": final(
    "a message came that is not allowed at this point; upgrade the agent, and report this if it persists",
  ),
  "too-slow": later("the handshake or a heartbeat took too long", 1_000),
  "taken-over": later("another agent of this cluster has connected since; only one may run", 30_000),
  "lease-lost": later("this session's lease has passed to a newer one", 1_000),
  overloaded: later("the gateway is busy; dial again", 2_000),
  draining: later("the gateway is going away; dial another", 0),
  internal: later("the gateway failed; dial again", 1_000),
} as const satisfies Record<string, RefusalText>;

/** A reason for which a gateway ends a connection. */
export type RefusalCode = keyof typeof REFUSALS;

/** True for a code that this version knows; a newer gateway may send others. */
export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(REFUSALS, code);
}

/** The message that refuses with `code`; `detail` is added to its text, and `afterMs` says when to come back. */
export function refused(code: RefusalCode, detail?: string, afterMs?: number): Refused {
  const { message, retryable, retryAfterMs: usualMs } = REFUSALS[code];
  const retryAfterMs = afterMs ?? usualMs;
  return create(RefusedSchema, {
    code,
    message: detail === undefined ? message : `${message} (${detail})`,
    retryable,
    retryAfterMs,
  });
}
