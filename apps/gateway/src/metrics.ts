import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

/** Everything that a gateway counts. */
export interface GatewayMetrics {
  readonly registry: Registry;
  readonly sessions: Gauge;
  readonly refusals: Counter<"code">;
  readonly framesIn: Counter<"kind">;
  readonly evidenceBatches: Counter<"outcome">;
  readonly evidenceRows: Counter;
  readonly evidenceSeconds: Histogram;
  readonly evidenceInserts: Histogram;
  readonly evidenceConclusions: Counter<"ending">;
  readonly compileSeconds: Histogram;
  readonly deliveries: Counter<"kind">;
  readonly jobFailures: Counter<"job">;
  readonly syncs: Gauge<"state">;
}

/** Makes the metrics of one gateway in a registry of their own. */
export function createMetrics(): GatewayMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "isthmus_gateway_" });
  const registers = [registry];
  const seconds = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
  const named = (name: string, help: string) => ({ name: `isthmus_gateway_${name}`, help, registers });
  return {
    registry,
    sessions: new Gauge(named("sessions", "Open agent sessions")),
    refusals: new Counter({ ...named("refusals_total", "Refused connections"), labelNames: ["code"] }),
    framesIn: new Counter({ ...named("frames_in_total", "Frames received"), labelNames: ["kind"] }),
    evidenceBatches: new Counter({ ...named("evidence_batches_total", "Evidence batches"), labelNames: ["outcome"] }),
    evidenceRows: new Counter(named("evidence_rows_total", "Flow rows stored")),
    evidenceSeconds: new Histogram({ ...named("evidence_seconds", "Receipt to durable"), buckets: seconds }),
    evidenceInserts: new Histogram({
      ...named("evidence_insert_rows", "Rows of flows in one insert into ClickHouse"),
      buckets: [1, 10, 100, 1_000, 5_000, 10_000, 20_000],
    }),
    evidenceConclusions: new Counter({
      ...named("evidence_conclusions_total", "Inserts of which it had to be found out how they ended"),
      labelNames: ["ending"],
    }),
    compileSeconds: new Histogram({ ...named("compile_seconds", "Compiling an organisation"), buckets: seconds }),
    deliveries: new Counter({ ...named("deliveries_total", "Desired states sent"), labelNames: ["kind"] }),
    syncs: new Gauge({ ...named("inventory_syncs", "Clusters that send their inventory"), labelNames: ["state"] }),
    jobFailures: new Counter({ ...named("job_failures_total", "Failed job runs"), labelNames: ["job"] }),
  };
}
