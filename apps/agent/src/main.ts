import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createKubernetesApi, loadAccess } from "@isthmus/k8s";
import { pino, type Logger } from "pino";
import { Agent } from "./agent";
import { parseArguments, type AgentArguments } from "./arguments";
import { readEnvironment } from "./env";
import { createMetrics, type AgentMetrics } from "./health/metrics";
import { serveHealth } from "./health/server";
import { secretIdentityStore } from "./identity/secret-identity-store";
import { Spool } from "./spool/spool";
import { systemClock } from "./system-clock";

const VERSION = "0.1.0";
/** As sysexits.h has it: the command line is wrong, and trying again does not help. */
const EXIT_USAGE = 64;
const SPOOL_CHECK_MS = 5_000;
const STOP_MS = 5_000;

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2));
  const log = pino({ level: parsed.ok ? parsed.value.logLevel : "info", base: { process: "agent" } });
  if (!parsed.ok) {
    for (const problem of parsed.error) log.fatal(problem);
    return EXIT_USAGE;
  }
  const given = parsed.value;
  const { kubeconfig, inCluster } = readEnvironment();
  const chosen = given.kubeconfig || kubeconfig;
  const access = await loadAccess(
    { ...(chosen ? { kubeconfig: chosen } : {}), ...(inCluster && { inCluster }) },
    Date.now,
  );
  if (!access.ok) {
    log.fatal(access.error.message);
    return EXIT_USAGE;
  }
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.once(name, () => {
      log.info({ signal: name }, "stopping");
      stop.abort();
      setTimeout(() => process.exit(0), STOP_MS).unref();
    });
  }
  const api = createKubernetesApi(access.value);
  const code = await runAgent(given, { api, stop, log });
  api.close();
  return code;
}

interface Started {
  readonly api: ReturnType<typeof createKubernetesApi>;
  readonly stop: AbortController;
  readonly log: Logger;
}

async function runAgent(given: AgentArguments, { api, stop, log }: Started): Promise<number> {
  const metrics = createMetrics((all) => measure(all));
  const spool = new Spool(
    {
      directory: given.spoolDir,
      maxBytes: given.spoolMaxBytes,
      maxAgeMs: given.spoolMaxAgeMs,
      lost: (ranges) => {
        for (const { from, to, reason } of ranges) metrics.lostSeconds.inc({ reason }, to - from);
        log.error({ ranges }, "evidence was lost from the spool");
      },
    },
    Date.now(),
  );
  const agent = new Agent({
    arguments: given,
    version: VERSION,
    api,
    identities: secretIdentityStore(api, given.identitySecret),
    spool,
    metrics,
    readGrant: async () => Buffer.from((await readFile(given.grantFile, "utf8")).trim()),
    readCa: () => readAuthority(given.caFile),
    clock: systemClock,
    random: Math.random,
    randomBytes,
    log,
    signal: stop.signal,
  });
  function measure(all: AgentMetrics): void {
    const { bytes, batches } = spool.waiting;
    all.spoolBytes.set(bytes);
    all.spoolBatches.set(batches);
    all.inventoryResources.set(agent.resources);
  }
  const health = await serveHealth(given.listen, {
    notAlive: () => "",
    notReady: () => agent.notReady(),
    metrics: () => metrics.registry.metrics(),
  });
  log.info({ ...given.listen, port: health.port, version: VERSION }, "the agent has started");
  let code = 0;
  const keeping = setInterval(() => {
    spool.expire(Date.now());
    if (!spool.destroyed()) return;
    // Started again, it resumes from what the gateway has, and names what is lost.
    log.fatal({ directory: given.spoolDir }, "the spool was destroyed; starting anew");
    code = 1;
    stop.abort();
  }, SPOOL_CHECK_MS);
  await agent.run();
  clearInterval(keeping);
  health.close();
  spool.close();
  return code;
}

async function readAuthority(path: string): Promise<string | undefined> {
  if (path === "") return undefined;
  const text = await readFile(path, "utf8");
  return text.trim() === "" ? undefined : text;
}

process.exitCode = await main();
