import { createDatabase, listen, type Database } from "@isthmus/db";
import { createFlowStore } from "@isthmus/flow-store";
import { bootstrapFirstOwner, followAccessFile } from "../features/sign-in/server";
import { backoffDelayMs } from "@isthmus/std";
import { readConfig } from "../config";
import { createAuthorities } from "./authority";
import { createChanges } from "./changes";
import { systemClock } from "./clock";
import { createLog } from "./log";
import { createMetrics } from "./metrics";
import { serveMetrics } from "./metrics-server";
import { createAuthorRulesReader } from "./numbered-flows";
import { createRefusals } from "./refusal";
import type { Server } from "./server";
import { createSessionWatch } from "./session-watch";

// Next bundles instrumentation, pages and routes apart from each other. The process has one set of parts all the same;
// only the database client is made once a bundle, because repositories know the transactions of their own bundle alone.
const slot = Symbol.for("isthmus.web.server");
const databasesSlot = Symbol.for("isthmus.web.databases");
interface Slot {
  [slot]?: Promise<Server>;
  [databasesSlot]?: Database[];
}
const host: typeof globalThis & Slot = globalThis;
let joined: Promise<Server> | undefined;

/** The server of this process, built on first use. */
export function getServer(): Promise<Server> {
  return (joined ??= (host[slot] ??= start()).then(withOwnDatabase));
}

const built: Database[] = [];

function withOwnDatabase(server: Server): Server {
  if (built.includes(server.database)) return server;
  const database = createDatabase(server.config.databaseUrl, { maxConnections: 6 });
  built.push(database);
  host[databasesSlot]?.push(database);
  return { ...server, database };
}

async function start(): Promise<Server> {
  const read = readConfig();
  if (!read.ok) throw new Error(`The configuration is wrong:\n${read.error}`);
  const config = read.value;
  const log = createLog(config.logLevel);
  const database = createDatabase(config.databaseUrl);
  built.push(database);
  const databases = (host[databasesSlot] ??= [database]);
  const flows = createFlowStore(config.clickhouse);
  const changes = createChanges();
  const sessionWatch = createSessionWatch({
    clock: systemClock,
    everyMs: 4_000,
    onError: (error) => log.warn({ err: error }, "sessions behind open streams could not be checked"),
    findLive: (organisationId, ids) => database.lookups.listLiveCredentials({ organisationId, ids, now: new Date() }),
  });
  const metrics = createMetrics({
    streams: () => sessionWatch.open(),
    pools: () => databases.map((each) => each.poolUse()),
  });
  const metricsServer = config.metricsListen && (await serveMetrics(config.metricsListen, metrics.registry));
  const listener = listen(config.databaseUrl, {
    onNotification: (notification) => {
      changes.notify(notification);
      if (notification.topic === "session" || notification.topic === "access") sessionWatch.checkNow();
    },
    onMaybeMissed: () => changes.maybeMissed(),
    onDisconnected: (error, retryInMs) =>
      log.warn({ err: error, retryInMs }, "the listening connection to Postgres was lost"),
  });
  const stopping = new AbortController();
  const bootstrapped = bootstrap({ config, log, database }, stopping.signal);
  const parts = { config, log, clock: systemClock, database };
  const accessFile = config.accessFile && followAccessFile(parts, config.accessFile, stopping.signal);
  return {
    ...parts,
    ...(accessFile ? { accessFile } : {}),
    flows,
    changes,
    sessionWatch,
    authorRules: createAuthorRulesReader(),
    authorities: createAuthorities(),
    refusals: createRefusals(),
    metrics,
    ready: async () => void (await Promise.all([bootstrapped, database.ping(), flows.ping()])),
    stop: async () => {
      stopping.abort();
      sessionWatch.close();
      await Promise.all([listener.close(), metricsServer?.close()]);
      await Promise.all([flows.close(), ...databases.map((each) => each.close())]);
    },
  };
}

const bootstrapBackoff = { baseMs: 200, maxMs: 5_000 };

/** Makes the first owner where the configuration names one; tried again until Postgres has its tables. */
async function bootstrap(
  { config, log, database }: Pick<Server, "config" | "log" | "database">,
  signal: AbortSignal,
): Promise<void> {
  if (config.bootstrap === undefined) return;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const made = await bootstrapFirstOwner(database, config.bootstrap, new Date());
      if (made) log.info({ email: config.bootstrap.email }, "made the organisation and its first owner");
      return;
    } catch (error) {
      log.warn({ err: error }, "the first owner could not be made yet");
      await systemClock.sleep(backoffDelayMs(bootstrapBackoff, attempt, Math.random()), signal).catch(() => undefined);
    }
  }
}
