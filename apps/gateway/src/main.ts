import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createDatabase, createJobLeader, listen } from "@isthmus/db";
import { createFlowStore, migrateFlowStore } from "@isthmus/flow-store";
import { pino } from "pino";
import { ConfigError, readConfig, type GatewayConfig } from "./config";
import { startGateway } from "./gateway";
import { wallClock } from "./wall-clock";

const log = pino({ name: "gateway" });

async function main(config: GatewayConfig): Promise<void> {
  const { clickhouse, databaseUrl, listen: address, roles, signingKey, nextSigningKey, retentionDays } = config;
  const database = createDatabase(databaseUrl, { maxConnections: 20 });
  const flows = createFlowStore(clickhouse);
  const leader = createJobLeader(databaseUrl);
  await migrateFlowStore(clickhouse, { retentionDays, deployment: "embedded" });
  const gateway = await startGateway(
    { listen: address, roles, signingKey, nextSigningKey, gatewayId: `${hostname()}/${randomUUID()}` },
    {
      database,
      listen: (events) => listen(databaseUrl, events),
      leader,
      flows,
      clock: wallClock,
      log,
      randomBytes: (length) => randomBytes(length),
      newId: () => randomUUID(),
    },
  );
  const stop = async (signal: string): Promise<void> => {
    log.info({ signal }, "stopping");
    await gateway.stop();
    await Promise.all([leader.close(), flows.close(), database.close()]);
    process.exitCode = 0;
  };
  onceStopped(stop);
}

function onceStopped(stop: (signal: string) => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      stop(signal).catch((error: unknown) => {
        log.fatal({ err: error }, "could not stop cleanly");
        process.exit(1);
      });
    });
  }
}

try {
  await main(readConfig(process.env));
} catch (error) {
  if (error instanceof ConfigError) log.fatal(error.message);
  else log.fatal({ err: error }, "the gateway could not start");
  process.exitCode = 1;
}
