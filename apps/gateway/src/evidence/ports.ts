import type { Database } from "@isthmus/db";
import type { FlowWriter } from "@isthmus/flow-store";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { Turns } from "../lanes/turns";
import type { GatewayMetrics } from "../metrics";
import type { KeptSince } from "./kept-since";

/** What storing evidence works with. */
export interface WriterPorts {
  readonly database: Database;
  readonly flows: FlowWriter;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly gatewayId: string;
  readonly newId: () => string;
  readonly keptSince: KeptSince;
  readonly turns: Turns;
}
