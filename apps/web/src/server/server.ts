import type { Database } from "@isthmus/db";
import type { FlowReader, StorageReader } from "@isthmus/flow-store";
import type { Clock } from "@isthmus/std";
import type { WebConfig } from "../config";
import type { FollowedFile } from "../features/sign-in/server";
import type { Authorities } from "./authority";
import type { Changes } from "./changes";
import type { Log } from "./log";
import type { WebMetrics } from "./metrics";
import type { AuthorRulesReader } from "./numbered-flows";
import type { Refusals } from "./refusal";
import type { SessionWatch } from "./session-watch";

/** The parts that live as long as the process; `main.ts` builds them once. */
export interface Server {
  readonly config: WebConfig;
  readonly log: Log;
  readonly clock: Clock;
  readonly database: Database;
  readonly flows: FlowReader & StorageReader;
  readonly changes: Changes;
  readonly sessionWatch: SessionWatch;
  readonly authorRules: AuthorRulesReader;
  readonly authorities: Authorities;
  readonly refusals: Refusals;
  readonly metrics: WebMetrics;
  /** How the access file stands; absent where the configuration names none. */
  readonly accessFile?: () => FollowedFile;
  /** Resolves when Postgres and ClickHouse answer. */
  readonly ready: () => Promise<void>;
  readonly stop: () => Promise<void>;
}
