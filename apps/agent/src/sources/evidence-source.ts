import type { Cursor, EncodedContent } from "../spool/entry";
import type { LostRange } from "../spool/lost-evidence";

/**
 * What of a flow not every source can tell. What one cannot is absent from its rows: an empty text, no hit, no field;
 * nothing is made up for it, neither here nor later.
 */
export type FlowDetail = "services" | "policies" | "labels" | "addresses" | "pods" | "processes";

/** A number of a flow that cannot be: with such a time or port it is left out, a count is taken as the nearest that can be. */
export type FlowFault = "count-negative" | "count-too-large" | "time-impossible" | "port-impossible";

/** Where evidence is put, durably. */
export interface EvidenceSink {
  /** Up to where it has everything; undefined where it is new. */
  readonly cursor: Cursor | undefined;
  /** All of it or nothing, together with the cursor; throws `SpoolUnwritable` where the disk takes nothing. */
  append(contents: readonly EncodedContent[], cursor: Cursor | undefined): void;
  /** Tries whether the disk takes writes again, where it last did not. */
  takesWrites(): boolean;
  /** Why it takes nothing, for a person. */
  readonly problem: string;
}

/** Who is told how a source stands. */
export interface SourceEvents {
  /** "connected", or why not. */
  state(state: string): void;
  /** The sink's cursor is where the source begins: no gateway has more. */
  resumed(): void;
  /** A window is in the sink. */
  closedWindow(rows: number): void;
  /** A window was compared with all that the source has of it; so many rows of it were restated. */
  reconciled(restatedRows: number): void;
  /** So many windows can no longer be compared; nothing of them is known to be lost. */
  unreconciled(windows: number): void;
  lost(ranges: readonly LostRange[]): void;
  faulty(fault: FlowFault): void;
}

/** What a source works for. */
export interface EvidenceTarget {
  readonly sink: EvidenceSink;
  /** Up to where the gateway has everything; waits for a session where `needed`. */
  readonly marks: (needed: boolean) => Promise<readonly Cursor[]>;
  readonly events: SourceEvents;
  readonly signal: AbortSignal;
}

/**
 * A source of flows: it begins after what the sink or a gateway has, puts each 15-second window in once it is closed,
 * restates windows of which it finds more later, and names what it cannot recover as a gap.
 */
export interface EvidenceSource {
  /** "goldmane"; for logs. */
  readonly kind: string;
  readonly knows: readonly FlowDetail[];
  /** Works until the target's signal aborts, through every fault of the source; then it rests, and resolves. */
  follow(target: EvidenceTarget): Promise<void>;
}
