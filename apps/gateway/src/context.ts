import type { Database } from "@isthmus/db";
import type { GatewayIdentity } from "@isthmus/protocol";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { EvidenceWriter } from "./evidence/evidence-writer";
import type { DesiredReader } from "./lanes/desired-reader";
import type { SyncSlots } from "./lanes/sync-slots";
import type { Turns } from "./lanes/turns";
import type { GatewayMetrics } from "./metrics";
import type { EntranceLimits } from "./sessions/entrance";
import type { HeardNotes } from "./sessions/heard-notes";

/** What sessions of a gateway work with; made once, in main. */
export interface SessionContext {
  readonly gatewayId: string;
  readonly identity: GatewayIdentity;
  readonly database: Database;
  readonly evidence: EvidenceWriter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly newId: () => string;
  readonly limits: SessionLimits;
  /** In which evidence is read and made ready, and inventory is read. */
  readonly turns: Turns;
  /** Bounds the clusters that send their inventory at once. */
  readonly syncSlots: SyncSlots;
  readonly desiredReader: DesiredReader;
  readonly heardNotes: HeardNotes;
  readonly entrance: EntranceLimits;
}

/** Bounds of one session, all told to the agent in Welcome. */
export interface SessionLimits {
  readonly heartbeatMs: number;
  readonly maxFrameBytes: number;
  readonly evidenceWindow: number;
  /** How seldom last_heard_at is written, in ms. */
  readonly touchMs: number;
}

/** The bounds in use. */
export const SESSION_LIMITS: SessionLimits = {
  heartbeatMs: 5_000,
  maxFrameBytes: 4 * 1024 * 1024,
  evidenceWindow: 8,
  touchMs: 10_000,
};

/** Clusters that send their inventory at once to one gateway; the others wait, and are connected otherwise. */
export const SYNCS_AT_ONCE = 16;

/** After so long without a chunk a place among those is the next one's, in ms. */
export const SYNC_IDLE_MS = 30_000;

/** Who an open session is, from its credential alone. */
export interface SessionOwner {
  readonly organisationId: string;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly sessionId: string;
  readonly leaseTerm: bigint;
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly clusterUid: string;
  readonly capabilities: readonly string[];
}
