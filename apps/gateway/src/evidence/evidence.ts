import type { PublishedIdentity } from "@isthmus/db";
import type { FlowTable } from "@isthmus/flow-store";
import type { SessionOwner } from "../context";
import type { BatchClaim } from "./progress";

/** A batch of flows as it is handed in to be stored. */
export interface FlowEvidence {
  readonly kind: "flows";
  readonly incarnation: string;
  readonly claim: BatchClaim;
  /** When the source said this of a bucket that had been streamed, in Unix ms; 0: as streamed. */
  readonly asOfMs: number;
  readonly rows: number;
  /** Names of sets of ours that its flows mention. */
  readonly names: readonly string[];
  /** Its flows with the remote workloads that those sets stand for. */
  table(identities: readonly PublishedIdentity[]): FlowTable;
}

/** What an agent, or a gateway for it, says to be lost: buckets from (inclusive) to (exclusive), in Unix seconds. */
export interface GapEvidence {
  readonly kind: "gap";
  readonly incarnation: string;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** What a session hands in. */
export type Evidence = FlowEvidence | GapEvidence;

/** What became of it; in every case it is done with. */
export type Outcome = "stored" | "repeated" | "expired" | "unstorable" | "gap";

/** Evidence that waits for its turn. */
export interface Submission {
  readonly owner: SessionOwner;
  readonly evidence: Evidence;
  readonly receivedAtMs: number;
  /** Aborted: the session has ended, and what has not begun is left to its successor. */
  readonly signal: AbortSignal;
  readonly done: (outcome: Outcome) => void;
  readonly failed: (error: unknown) => void;
}
