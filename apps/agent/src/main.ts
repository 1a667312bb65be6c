import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import { createKubernetesApi, loadAccess } from "@isthmus/k8s";
import { pino, type Logger } from "pino";
import { Agent } from "./agent";
import { parseAnswerArguments, parseArguments, type AgentArguments } from "./arguments";
import { readEnvironment } from "./env";
import { createMetrics, type AgentMetrics } from "./health/metrics";
import { serveHealth } from "./health/server";
import { serveProbeAnswers } from "./probe/answer";
import { secretIdentityStore } from "./identity/secret-identity-store";
import type { LostRange } from "./spool/lost-evidence";
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
  // Every watch and every wait listens to it.
  setMaxListeners(0, stop.signal);
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

/** `isthmus-agent probe-answer`: the program of a probe pod, which needs nothing of the cluster. */
async function answerProbes(argv: readonly string[]): Promise<number> {
  const log = pino({ base: { process: "probe" } });
  const listen = parseAnswerArguments(argv);
  if (!listen.ok) {
    for (const problem of listen.error) log.fatal(problem);
    return EXIT_USAGE;
  }
  const answerer = await serveProbeAnswers(listen.value);
  log.info({ host: listen.value.host, port: answerer.port, version: VERSION }, "answering probes");
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => answerer.close());
  return 0;
}

interface Started {
  readonly api: ReturnType<typeof createKubernetesApi>;
  readonly stop: AbortController;
  readonly log: Logger;
}

async function runAgent(given: AgentArguments, { api, stop, log }: Started): Promise<number> {
  let code = 0;
  const metrics = createMetrics();
  const spool = openSpool(given, metrics, log);
  if (spool === undefined) return EXIT_USAGE;
  const startAnew = (why: string): void => {
    log.fatal(`${why}; starting anew`);
    code = 1;
    stop.abort();
  };
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
    startAnew,
  });
  const measure = (): void => {
    const { bytes, batches } = spool.waiting;
    metrics.spoolBytes.set(bytes);
    metrics.spoolBatches.set(batches);
    metrics.inventoryResources.set(agent.resources);
    metrics.residentBytes.set(process.memoryUsage.rss());
  };
  const health = await serveHealth(given.listen, {
    notAlive: () => "",
    notReady: () => agent.notReady(),
    metrics: () => {
      measure();
      return metrics.registry.metrics();
    },
  });
  log.info({ host: given.listen.host, port: health.port, version: VERSION }, "the agent has started");
  const keeping = setInterval(() => {
    try {
      spool.expire(Date.now());
    } catch (cause) {
      log.error({ err: cause }, "the spool cannot be written");
    }
    // Started again, it resumes from what the gateway has, and names what is lost.
    if (spool.destroyed()) startAnew(`the spool in ${given.spoolDir} was destroyed`);
  }, SPOOL_CHECK_MS);
  await agent.run();
  clearInterval(keeping);
  health.close();
  spool.close();
  return code;
}

function openSpool(given: AgentArguments, metrics: AgentMetrics, log: Logger): Spool | undefined {
  const options = {
    directory: given.spoolDir,
    maxBytes: given.spoolMaxBytes,
    maxAgeMs: given.spoolMaxAgeMs,
    lost: (ranges: readonly LostRange[]) => {
      for (const { from, to, reason } of ranges) metrics.lostSeconds.inc({ reason }, to - from);
      log.error({ ranges }, "evidence was lost from the spool");
    },
  };
  try {
    return new Spool(options, Date.now());
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    log.fatal(`--spool-dir=${given.spoolDir} cannot be used: ${why}; mount a volume there that this user may write to`);
    return undefined;
  }
}

async function readAuthority(path: string): Promise<string | undefined> {
  if (path === "") return undefined;
  const text = await readFile(path, "utf8");
  return text.trim() === "" ? undefined : text;
}

const [mode, ...rest] = process.argv.slice(2);
process.exitCode = mode === "probe-answer" ? await answerProbes(rest) : await main();
