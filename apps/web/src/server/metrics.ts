import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { PoolUse } from "@isthmus/db";
import type { ErrorCode } from "./errors";
import type { OpenStreams } from "./session-watch";

/** Everything that a web process counts. */
export interface WebMetrics {
  readonly registry: Registry;
  /** A question or a change that was answered; streams are counted while they are open, and not here. */
  readonly answered: (answer: Answered) => void;
  /** A request of any kind that was answered, pages and files too. */
  readonly responded: (status: number) => void;
}

/** One procedure's answer. */
export interface Answered {
  /** A procedure that there is: the name comes from the router, never from the request alone. */
  readonly procedure: string;
  readonly code: "ok" | ErrorCode;
  readonly seconds: number;
}

/** What is looked at when metrics are asked for. */
export interface Watched {
  readonly streams: () => OpenStreams;
  readonly pools: () => readonly PoolUse[];
}

/** Makes the metrics of one web process in a registry of their own. */
export function createMetrics({ streams, pools }: Watched): WebMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "isthmus_web_" });
  const named = (name: string, help: string) => ({ name: `isthmus_web_${name}`, help, registers: [registry] });
  const seconds = new Histogram({
    ...named("request_seconds", "From a procedure's start to its answer"),
    labelNames: ["procedure"],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  });
  const requests = new Counter({
    ...named("requests_total", "Procedures that were answered"),
    labelNames: ["procedure", "code"],
  });
  const responses = new Counter({ ...named("responses_total", "Requests that were answered"), labelNames: ["status"] });
  observed({ ...named("streams", "Open streams of pages") }, (gauge) => gauge.set(streams().streams));
  observed({ ...named("stream_sessions", "Sessions behind open streams") }, (gauge) => gauge.set(streams().sessions));
  observed({ ...named("database_connections", "Connections to Postgres"), labelNames: ["state"] }, (gauge) => {
    gauge.set(
      { state: "busy" },
      sum(pools(), ({ busy }) => busy),
    );
    gauge.set(
      { state: "idle" },
      sum(pools(), ({ idle }) => idle),
    );
  });
  observed(named("database_connections_limit", "Connections to Postgres that there may be"), (gauge) =>
    gauge.set(sum(pools(), ({ limit }) => limit)),
  );
  observed(named("database_waiting", "Requests that wait for a connection to Postgres"), (gauge) =>
    gauge.set(sum(pools(), ({ waiting }) => waiting)),
  );
  return {
    registry,
    answered: ({ procedure, code, seconds: took }) => {
      seconds.observe({ procedure }, took);
      requests.inc({ procedure, code });
    },
    responded: (status) => responses.inc({ status: String(status) }),
  };
}

const sum = <T>(of: readonly T[], figure: (each: T) => number): number =>
  of.reduce((total, each) => total + figure(each), 0);

/** A gauge that is read when it is asked for. */
function observed(
  config: {
    readonly name: string;
    readonly help: string;
    readonly registers: Registry[];
    readonly labelNames?: string[];
  },
  read: (gauge: Gauge) => void,
): void {
  new Gauge({
    ...config,
    collect() {
      read(this);
    },
  });
}
