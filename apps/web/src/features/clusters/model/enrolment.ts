import type { ClusterFacts } from "./problems";
import { SILENT_AFTER_MS, type SessionFacts } from "./status";

/** A grant as the panel shows it; times in Unix milliseconds. */
export interface GrantFacts {
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly redemptionsAllowed: number;
  readonly redemptionsUsed: number;
  readonly revokedAt?: number;
}

/** A connection that a gateway refused. */
export interface RefusalFacts {
  readonly at: number;
  readonly code: string;
  readonly message: string;
  readonly remoteAddress?: string;
}

/** All that the panel "Connect" follows. */
export interface EnrolmentInput {
  readonly grant?: GrantFacts;
  readonly session?: SessionFacts & { readonly remoteAddress?: string; readonly keyFingerprint?: string };
  readonly kubeSystemUid?: string;
  readonly facts?: ClusterFacts;
  readonly firstSyncedAt?: number;
  readonly refusals: readonly RefusalFacts[];
  /** An agent that has shown the grant and waits for a person. */
  readonly waiting?: { readonly at: number; readonly remoteAddress: string; readonly clusterUid: string };
}

/** The steps of an enrolment, in order. "Connected" is one of its own: not before the first sync is whole. */
export type EnrolmentStepId = "dialled" | "proved" | "pinned" | "permissions" | "first-sync" | "connected";

/** One line of the panel: `detail` may be empty; `progress` only while the first sync runs. */
export interface EnrolmentStep {
  readonly id: EnrolmentStepId;
  readonly state: "done" | "active" | "waiting" | "problem";
  readonly title: string;
  readonly detail: string;
  readonly at?: number;
  readonly progress?: { readonly done: number; readonly total: number };
}

/** Whether the grant can still be redeemed at `now`, and if not, why. */
export function grantState(grant: GrantFacts, now: number): "open" | "used" | "expired" | "revoked" {
  if (grant.revokedAt !== undefined) return "revoked";
  if (grant.redemptionsUsed >= grant.redemptionsAllowed) return "used";
  return now >= grant.expiresAt ? "expired" : "open";
}

type StepBody = Omit<EnrolmentStep, "id">;

function dialled({ session, waiting }: EnrolmentInput): StepBody {
  if (waiting) {
    const from = waiting.remoteAddress === "" ? "" : ` from ${waiting.remoteAddress}`;
    return { state: "done", title: `Dialled home${from}`, detail: "", at: waiting.at };
  }
  if (!session) return { state: "active", title: "Waiting for the agent to dial home", detail: "" };
  const from = session.remoteAddress === undefined ? "" : ` from ${session.remoteAddress}`;
  return { state: "done", title: `Dialled home${from}`, detail: "", at: session.connectedAt };
}

function proved({ session, waiting }: EnrolmentInput): StepBody {
  if (waiting) {
    const detail = `kube-system UID ${waiting.clusterUid}: approve it under Enrolment, and it enters by itself`;
    return { state: "active", title: "Proved its key, and waits for your approval", detail };
  }
  if (!session) return { state: "waiting", title: "Proves its key", detail: "" };
  const detail = session.keyFingerprint === undefined ? "" : `ed25519 ${session.keyFingerprint}`;
  return { state: "done", title: "Proved its key, both sides signed", detail, at: session.connectedAt };
}

function pinned({ session, kubeSystemUid }: EnrolmentInput): StepBody {
  if (kubeSystemUid === undefined) return { state: "waiting", title: "Cluster pinned", detail: "" };
  const detail = `kube-system UID ${kubeSystemUid}`;
  return { state: "done", title: "Cluster pinned", detail, ...(session ? { at: session.connectedAt } : {}) };
}

function permissions({ session, facts }: EnrolmentInput): StepBody {
  if (!facts) return { state: session ? "active" : "waiting", title: "Permissions and Calico", detail: "" };
  const calico =
    facts.calicoApi === "" ? "Calico was not found" : `Calico ${facts.calicoVersion} serves ${facts.calicoApi}`;
  if (facts.missingPermissions.length > 0) {
    return { state: "problem", title: `May not ${facts.missingPermissions.join(", ")}`, detail: calico };
  }
  return { state: facts.calicoApi === "" ? "problem" : "done", title: "May do all it needs", detail: calico };
}

function firstSync({ session, firstSyncedAt }: EnrolmentInput): StepBody {
  if (firstSyncedAt !== undefined) {
    const total = session?.syncTotal ?? 0;
    return { state: "done", title: "First sync", detail: total > 0 ? `${total} resources` : "", at: firstSyncedAt };
  }
  if (!session || session.syncTotal === 0)
    return { state: session ? "active" : "waiting", title: "First sync", detail: "" };
  const progress = { done: session.syncDone, total: session.syncTotal };
  return { state: "active", title: "First sync", detail: `${progress.done} of ${progress.total} resources`, progress };
}

function connected({ firstSyncedAt, session }: EnrolmentInput, now: number): StepBody {
  if (firstSyncedAt === undefined) {
    return { state: "waiting", title: "Connected", detail: "Said when the first sync is whole, not before" };
  }
  const heard = session !== undefined && session.endedAt === undefined && now - session.lastHeardAt < SILENT_AFTER_MS;
  if (heard) return { state: "done", title: "Connected", detail: "", at: firstSyncedAt };
  return {
    state: "problem",
    title: "Joined, but not heard now",
    detail: "",
    ...(session ? { at: session.lastHeardAt } : {}),
  };
}

/** The panel's steps at `now`. Two are never active at once: a step waits for those before it. */
export function enrolmentSteps(input: EnrolmentInput, now: number): EnrolmentStep[] {
  const steps: EnrolmentStep[] = [
    { id: "dialled", ...dialled(input) },
    { id: "proved", ...proved(input) },
    { id: "pinned", ...pinned(input) },
    { id: "permissions", ...permissions(input) },
    { id: "first-sync", ...firstSync(input) },
    { id: "connected", ...connected(input, now) },
  ];
  const active = steps.findIndex((step) => step.state === "active");
  return steps.map((step, index) => (step.state === "active" && index > active ? { ...step, state: "waiting" } : step));
}

/** What a person reads of a refusal: what happened, and what to do. Codes are those of the link protocol. */
export function refusalAdvice(refusal: RefusalFacts): string {
  switch (refusal.code) {
    case "grant-expired":
      return "The grant had expired. Make a new one and apply its manifest.";
    case "grant-used":
      return "The grant was used up before. If that was not your agent, revoke the agent; else make a new grant.";
    case "grant-refused":
      return "A person refused to let this cluster in by this grant. Make another grant if that was wrong.";
    case "grant-full":
      return "As many clusters as may wait for a person under this grant do. Approve or refuse some.";
    case "cluster-enrolled":
      return "A cluster with this UID is enrolled already, with another key. If its agent was installed anew, make a grant for it on its own page.";
    case "cluster-deleted":
      return "The cluster was removed from Isthmus and tried again. Uninstall its agent, or connect it again with a new grant.";
    case "grant-revoked":
      return "The grant was revoked. Make a new one and apply its manifest.";
    case "wrong-cluster":
      return "A grant or credential of this cluster was shown by another cluster. If nobody moved the agent, it was stolen: revoke the agent.";
    case "bad-proof":
      return "Somebody showed this cluster's credential without its key. If nobody restored an old agent, it was stolen: revoke the agent.";
    case "credential-revoked":
      return "The agent was revoked and tried again. Make a new grant to enrol it again, or uninstall it.";
    case "credential-expired":
      return "The agent was away for so long that its credential expired. Make a new grant and apply its manifest.";
    default:
      return refusal.message;
  }
}
