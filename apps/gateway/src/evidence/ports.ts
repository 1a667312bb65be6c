import type { Database } from "@isthmus/db";
import type { FlowWriter } from "@isthmus/flow-store";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { GatewayMetrics } from "../metrics";

/** What storing evidence works with. */
export interface WriterPorts {
  readonly database: Database;
  readonly flows: FlowWriter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly gatewayId: string;
  readonly newId: () => string;
  /** For how long evidence of an organisation is kept, in ms. */
  readonly retentionMs: (organisationId: string) => number;
}
