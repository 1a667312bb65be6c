import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { readEmbeddedConfig, type EmbeddedConfig } from "./config";
import { openEngine, type Engine } from "./engine";
import { createHttpServer } from "./http-server";
import { serverSettings } from "./server-settings";
import { holderOf } from "./status-file";

// The process that holds the embedded ClickHouse engine and serves its HTTP interface on loopback.
const log = pino({ base: { process: "clickhouse" } });
/** Read first of all: a parent that dies while the engine starts is one that has died. */
const parentPid = process.ppid;

function openIn(config: EmbeddedConfig): Engine {
  mkdirSync(config.dataFolder, { recursive: true });
  const configFile = join(config.dataFolder, "server.xml");
  const backups = join(config.dataFolder, "backups");
  mkdirSync(backups, { recursive: true, mode: 0o700 });
  writeFileSync(configFile, serverSettings(backups));
  try {
    return openEngine({
      dataFolder: join(config.dataFolder, "data"),
      blockFolder: join(config.dataFolder, "incoming"),
      configFile,
      readers: 2,
      onEvent: (event, details) => log.warn(details, event),
    });
  } catch (error) {
    const holder = holderOf(join(config.dataFolder, "data"));
    const why = holder === undefined ? `${String(error)}` : `process ${holder} holds it; stop that one first`;
    throw new Error(`the engine cannot open ${config.dataFolder}: ${why}`, { cause: error });
  }
}

function start(config: EmbeddedConfig): void {
  const engine = openIn(config);
  const { user, password } = config;
  const server = createHttpServer({ engine, user, password, onError: (err) => log.error({ err }, "request failed") });
  let stopping = false;
  const stop = (reason: string) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, "stopping");
    server.close();
    server.closeIdleConnections();
    const ended = engine.close().then(
      () => 0,
      (err: unknown) => (log.error({ err }, "the engine did not close"), 1),
    );
    // INVARIANT: no query runs any more; leaving while one did has crashed the engine.
    void ended.then((code) => process.exit(code));
  };
  server.on("error", (error: NodeJS.ErrnoException) => {
    const taken = error.code === "EADDRINUSE";
    const where = `${config.host}:${config.port}`;
    log.fatal(taken ? `${where} is taken: stop what listens there, or set ISTHMUS_CLICKHOUSE_LISTEN` : error.message);
    process.exitCode = 1;
    void engine.close().then(() => process.exit(1));
  });
  server.listen(config.port, config.host, () => log.info({ address: server.address() }, "listening"));
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop(signal));
  if (config.exitWithParent) watchParent(() => stop("the parent is gone"));
}

function watchParent(onGone: () => void): void {
  setInterval(() => {
    if (process.ppid !== parentPid) onGone();
  }, 1_000).unref();
}

try {
  start(readEmbeddedConfig(process.env));
} catch (error) {
  log.fatal(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
