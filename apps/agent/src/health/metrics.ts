import { Counter, Gauge, Registry } from "prom-client";

/** What the agent counts, in Prometheus' words. */
export interface AgentMetrics {
  readonly registry: Registry;
  readonly active: Gauge;
  readonly sessionOpen: Gauge;
  readonly synced: Gauge;
  readonly sessionsEnded: Counter<"reason">;
  readonly roundTripSeconds: Gauge;
  readonly spoolBytes: Gauge;
  readonly spoolBatches: Gauge;
  readonly bucketsStreamed: Counter;
  readonly flowsStreamed: Counter;
  readonly bucketsReconciled: Counter;
  readonly bucketsUnreconciled: Counter;
  readonly flowsRestated: Counter;
  readonly flowFaults: Counter<"fault">;
  readonly spoolTakesWrites: Gauge;
  readonly lostSeconds: Counter<"reason">;
  readonly goldmaneConnected: Gauge;
  readonly watchRestarts: Counter<"kind">;
  readonly inventoryResources: Gauge;
  readonly applyResults: Counter<"state">;
  readonly residentBytes: Gauge;
  readonly longestHold: Gauge;
}

/** Makes the metrics. */
export function createMetrics(): AgentMetrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name: `isthmus_agent_${name}`, help, registers });
  const counter = <T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> =>
    new Counter({ name: `isthmus_agent_${name}`, help, labelNames, registers });
  return {
    registry,
    active: gauge("active", "1 while this replica holds the lease and works, 0 while it stands by"),
    sessionOpen: gauge("session_open", "1 while a session with a gateway is open"),
    synced: gauge("synced", "1 while the gateway has the whole inventory"),
    sessionsEnded: counter("sessions_ended_total", "Sessions that ended, by reason", ["reason"]),
    roundTripSeconds: gauge("round_trip_seconds", "Round trip of the last heartbeat"),
    spoolBytes: gauge("spool_bytes", "Bytes of evidence that no gateway has acknowledged"),
    spoolBatches: gauge("spool_batches", "Batches of evidence that no gateway has acknowledged"),
    bucketsStreamed: counter("buckets_streamed_total", "15-second buckets received from Goldmane and spooled"),
    flowsStreamed: counter("flows_streamed_total", "Flows received from Goldmane and spooled"),
    bucketsReconciled: counter(
      "buckets_reconciled_total",
      "Buckets that were compared with all that Goldmane has of them, some minutes after they were streamed",
    ),
    bucketsUnreconciled: counter(
      "buckets_unreconciled_total",
      "Buckets that can no longer be compared, and stay as they were streamed",
    ),
    flowsRestated: counter("flows_restated_total", "Flows that came late, found by comparing and spooled"),
    flowFaults: counter(
      "flow_faults_total",
      "Numbers of flows that cannot be: counts taken as the nearest that can, flows left out for their time or port",
      ["fault"],
    ),
    spoolTakesWrites: gauge(
      "spool_takes_writes",
      "1 while the disk takes what is spooled, 0 while it is full or failing",
    ),
    lostSeconds: counter("evidence_lost_seconds_total", "Seconds of evidence known to be lost", ["reason"]),
    goldmaneConnected: gauge("goldmane_connected", "1 while flows are streamed from Goldmane"),
    watchRestarts: counter("watch_restarts_total", "Lists and watches that failed", ["kind"]),
    inventoryResources: gauge("inventory_resources", "Resources held in the inventory"),
    applyResults: counter("apply_results_total", "Results of applying, by state", ["state"]),
    longestHold: gauge(
      "event_loop_longest_hold_seconds",
      "Longest time since the last scrape for which the process did one thing and could do no other",
    ),
    residentBytes: new Gauge({
      name: "process_resident_memory_bytes",
      help: "Resident memory of this process",
      registers,
    }),
  };
}
