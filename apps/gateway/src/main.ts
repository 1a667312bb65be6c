import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { isMainThread, Worker } from "node:worker_threads";
import { createDatabase, createJobLeader, listen } from "@isthmus/db";
import { createFlowStore, migrateFlowStore } from "@isthmus/flow-store";
import { pino } from "pino";
import { ConfigError, readConfig, type GatewayConfig } from "./config";
import { startGateway } from "./gateway";
import { createCompileThread, serveCompiling, type CompileThreadData } from "./jobs/compile-thread";
import { createMetrics } from "./metrics";
import { wallClock } from "./wall-clock";

const log = pino({ name: "gateway" });

async function main(config: GatewayConfig, stopped: Promise<string>): Promise<void> {
  const { clickhouse, databaseUrl, listen: address, roles, signingKey, nextSigningKey, retentionDays } = config;
  const deployment = clickhouse.cluster === undefined ? "embedded" : { cluster: clickhouse.cluster };
  const database = createDatabase(databaseUrl, { maxConnections: 20, kind: "gateway" });
  const flows = createFlowStore(clickhouse);
  const leader = createJobLeader(databaseUrl);
  const stores = whenAvailable("clickhouse", () => migrateFlowStore(clickhouse, { deployment })).then(() =>
    whenAvailable("postgres", () => database.ping()),
  );
  const early = await Promise.race([stores, stopped]);
  if (early !== undefined) return;
  const metrics = createMetrics();
  const workerData: CompileThreadData = { databaseUrl };
  // The thread runs this very file, and takes the other way at its end.
  const compiler = createCompileThread(() => new Worker(new URL(import.meta.url), { workerData }), metrics);
  const gateway = await startGateway(
    { listen: address, roles, signingKey, nextSigningKey, retentionDays, gatewayId: `${hostname()}/${randomUUID()}` },
    {
      database,
      listen: (events) => listen(databaseUrl, events),
      leader,
      flows,
      clock: wallClock,
      log,
      randomBytes: (length) => randomBytes(length),
      newId: () => randomUUID(),
      metrics,
      compiler,
    },
  );
  log.info({ signal: await stopped }, "stopping");
  await gateway.stop();
  await Promise.all([compiler.close(), leader.close(), flows.close(), database.close()]);
}

const START_ATTEMPTS = 120;

/** Waits for a store that starts beside this process, and gives up after two minutes. */
async function whenAvailable(store: string, use: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await use();
    } catch (error) {
      const retryable = error instanceof Error && "retryable" in error && error.retryable === true;
      if (!retryable || attempt >= START_ATTEMPTS) throw error;
      log.warn({ store, attempt, reason: error.message }, "waiting for a store");
      await wallClock.sleep(1_000);
    }
  }
}

/** Resolves with the first signal that asks this process to stop. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve(signal));
  });
}

async function run(): Promise<void> {
  try {
    await main(readConfig(process.env), stopSignal());
    process.exit(0);
  } catch (error) {
    if (error instanceof ConfigError) log.fatal(error.message);
    else log.fatal({ err: error }, "the gateway could not start or stop");
    process.exit(1);
  }
}

if (isMainThread) await run();
else serveCompiling(log);
