import type { GivenFlow } from "../goldmane/given-flows";

/** One run of a cluster's Goldmane. */
export interface LedgerRun {
  /** As the agent names it: the pod's UID and its restarts. */
  readonly id: string;
  /** Unix seconds. */
  readonly firstBucket: number;
  /** When it ended, Unix seconds; undefined for the one that runs. */
  readonly endedAt: number | undefined;
}

/** Every record that a cluster's Goldmane had. */
export interface Ledger {
  readonly runs: readonly LedgerRun[];
  /** Buckets that end by then, Unix seconds, must have been given by now. */
  readonly through: number;
  /** What must have been given by now; empty where the run had none, or no such bucket. */
  readonly flowsOf: (run: string, bucket: number) => readonly GivenFlow[];
  /** The same with what may have been given since. */
  readonly everOf: (run: string, bucket: number) => readonly GivenFlow[];
}
