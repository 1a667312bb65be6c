import { randomBytes, randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createKubernetesApi, loadAccess, type ClusterAccess, type KubernetesApi } from "@isthmus/k8s";
import { pino, type Logger } from "pino";
import { Agent } from "./agent";
import { parseAnswerArguments, parseArguments, type AgentArguments } from "./arguments";
import { readEnvironment } from "./env";
import { parseDoctorArguments } from "./doctor/doctor-arguments";
import { examine } from "./doctor/examine";
import { exitCode, reportText } from "./doctor/report-text";
import { createMetrics, type AgentMetrics } from "./health/metrics";
import { serveHealth } from "./health/server";
import { serveProbeAnswers } from "./probe/answer";
import { secretIdentityStore } from "./identity/secret-identity-store";
import { leaseTiming } from "./lease/decide";
import { fencedApi } from "./lease/fenced-api";
import { LeaseKeeper, type Term } from "./lease/keep-lease";
import { readinessOf } from "./lease/standing-text";
import { CursorDoubt } from "./spool/cursor-doubt";
import type { LostRange } from "./spool/lost-evidence";
import { Spool } from "./spool/spool";
import { steadyClock, systemClock } from "./system-clock";

const VERSION = "0.1.0";
/** As sysexits.h has it: the command line is wrong, and trying again does not help. */
const EXIT_USAGE = 64;
const SPOOL_CHECK_MS = 5_000;
/** Longer than flushing, ending sessions and releasing the lease; shorter than the pod's grace. */
const STOP_MS = 10_000;
const FLUSH_MS = 3_000;
const FLUSH_POLL_MS = 50;
const HOLD_RESOLUTION_MS = 10;

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2));
  const log = pino({ level: parsed.ok ? parsed.value.logLevel : "info", base: { process: "agent" } });
  if (!parsed.ok) {
    for (const problem of parsed.error) log.fatal(problem);
    return EXIT_USAGE;
  }
  const given = parsed.value;
  const access = await clusterAccess(given);
  if (!access.ok) {
    log.fatal(access.error.message);
    return EXIT_USAGE;
  }
  const metrics = createMetrics();
  const spool = openSpool(given, metrics, log);
  if (spool === undefined) return EXIT_USAGE;
  return new AgentProcess({ given, access: access.value, metrics, spool, log }).run();
}

function clusterAccess(given: AgentArguments): ReturnType<typeof loadAccess> {
  const { kubeconfig, inCluster } = readEnvironment();
  const chosen = given.kubeconfig || kubeconfig;
  return loadAccess({ ...(chosen ? { kubeconfig: chosen } : {}), ...(inCluster && { inCluster }) }, Date.now);
}

/** `isthmus-agent doctor`: examines and reports, beside a running agent or without one. */
async function doctor(argv: readonly string[]): Promise<number> {
  const asked = await parseDoctorArguments(argv);
  const access = asked.ok ? await clusterAccess(asked.value.arguments) : undefined;
  if (!asked.ok || access === undefined || !access.ok) {
    const problems = asked.ok ? [access?.ok === false ? access.error.message : ""] : asked.error;
    process.stderr.write(`${problems.join("\n")}\n`);
    return EXIT_USAGE;
  }
  const { output, arguments: given } = asked.value;
  const api = createKubernetesApi(access.value);
  const { proxies } = readEnvironment();
  const examined = await examine({ api, arguments: given, proxies, clock: systemClock, ...filesOf(given) });
  api.close();
  const report =
    output === "text" ? reportText(examined) : `${JSON.stringify({ version: VERSION, ...examined }, null, 2)}\n`;
  process.stdout.write(report);
  return exitCode(examined.findings);
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

/** The files that the manifest mounts, read anew each time: they may come later than the agent. */
const filesOf = (given: AgentArguments) => ({
  readGrant: async (): Promise<Uint8Array> => Buffer.from((await readFile(given.grantFile, "utf8")).trim()),
  readCa: () => readAuthority(given.caFile),
});

interface ProcessParts {
  readonly given: AgentArguments;
  readonly access: ClusterAccess;
  readonly metrics: AgentMetrics;
  readonly spool: Spool;
  readonly log: Logger;
}

/** One replica: it serves its health all the time, and runs an agent while the lease is its own. */
class AgentProcess {
  readonly #parts: ProcessParts;
  readonly #stop = new AbortController();
  readonly #cursorDoubt: CursorDoubt;
  readonly #holds = monitorEventLoopDelay({ resolution: HOLD_RESOLUTION_MS });
  #agent: Agent | undefined;
  #code = 0;

  constructor(parts: ProcessParts) {
    this.#parts = parts;
    this.#cursorDoubt = new CursorDoubt(parts.given.spoolDir);
  }

  async run(): Promise<number> {
    const { given, access, log, spool } = this.#parts;
    // Every wait listens to it.
    setMaxListeners(0, this.#stop.signal);
    this.#holds.enable();
    this.#stopOnSignals();
    const leaseApi = createKubernetesApi(access, { maxSilenceMs: leaseTiming(given.leaseDurationMs).silenceMs });
    const keeper = this.#leaseKeeper(leaseApi);
    const health = await serveHealth(given.listen, {
      notAlive: () => "",
      ready: () =>
        readinessOf(keeper?.state ?? { kind: "active" }, () => this.#agent?.notReady() ?? "the agent begins"),
      metrics: () => this.#measured(),
    });
    log.info({ host: given.listen.host, port: health.port, version: VERSION }, "the agent has started");
    const keeping = setInterval(() => this.#keepSpool(), SPOOL_CHECK_MS);
    await (keeper?.run() ?? this.#lead(this.#onlyTerm()));
    clearInterval(keeping);
    health.close();
    spool.close();
    leaseApi.close();
    return this.#code;
  }

  /** Without a lease: until the process stops. */
  #onlyTerm(): Term {
    const { signal } = this.#stop;
    return { signal, isOver: () => signal.aborted, continued: true };
  }

  #stopOnSignals(): void {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, () => {
        this.#parts.log.info({ signal: name }, "stopping");
        this.#stop.abort();
        setTimeout(() => process.exit(0), STOP_MS).unref();
      });
    }
  }

  #leaseKeeper(api: KubernetesApi): LeaseKeeper | undefined {
    const { given, log } = this.#parts;
    if (given.lease === undefined) return undefined;
    return new LeaseKeeper({
      api,
      at: given.lease,
      // A host's name alone may be that of several processes.
      me: given.instance || `${hostname()}-${randomUUID()}`,
      timing: leaseTiming(given.leaseDurationMs),
      clock: steadyClock,
      wallNow: Date.now,
      random: Math.random,
      lead: (term) => this.#lead(term),
      finish: () => this.#flush(),
      stuck: () => {
        log.fatal("the work did not end in time, and another replica may begin: ending the process");
        process.exit(1);
      },
      log,
      signal: this.#stop.signal,
    });
  }

  async #lead(term: Term): Promise<void> {
    const { signal } = term;
    const { given, access, metrics, spool, log } = this.#parts;
    if (!term.continued) this.#doubtCursor();
    // Every watch listens to it.
    setMaxListeners(0, signal);
    const api = fencedApi(createKubernetesApi(access), term);
    const agent = new Agent({
      arguments: given,
      version: VERSION,
      api,
      identities: secretIdentityStore(api, given.identitySecret),
      spool,
      cursorDoubt: this.#cursorDoubt,
      metrics,
      ...filesOf(given),
      proxies: readEnvironment().proxies,
      clock: systemClock,
      random: Math.random,
      randomBytes,
      log,
      signal,
      startAnew: (why) => this.#startAnew(why),
    });
    this.#agent = agent;
    metrics.active.set(1);
    await agent.run();
    metrics.active.set(0);
    this.#agent = undefined;
  }

  #doubtCursor(): void {
    try {
      this.#cursorDoubt.open();
    } catch (cause) {
      this.#parts.log.error({ err: cause }, "the spool cannot be written");
    }
  }

  /** What was spooled goes with the pod: a gateway that is there takes it first. */
  async #flush(): Promise<void> {
    const { spool } = this.#parts;
    const until = steadyClock.now() + FLUSH_MS;
    while (this.#agent?.inSession === true && spool.waiting.batches > 0 && steadyClock.now() < until) {
      await steadyClock.sleep(FLUSH_POLL_MS);
    }
  }

  #measured(): Promise<string> {
    const { metrics, spool } = this.#parts;
    const { bytes, batches } = spool.waiting;
    metrics.spoolBytes.set(bytes);
    metrics.spoolBatches.set(batches);
    metrics.spoolTakesWrites.set(spool.problem === "" ? 1 : 0);
    metrics.inventoryResources.set(this.#agent?.resources ?? 0);
    metrics.longestHold.set(this.#holds.max / 1e9);
    this.#holds.reset();
    metrics.residentBytes.set(process.memoryUsage.rss());
    return metrics.registry.metrics();
  }

  #keepSpool(): void {
    const { spool, given, log } = this.#parts;
    const before = spool.problem;
    spool.takesWrites();
    spool.keepWithinLimits();
    if (spool.problem !== "" && before === "") log.error(spool.problem);
    if (spool.problem === "" && before !== "") log.info("the spool can be written again");
    // Started again, it resumes from what the gateway has, and names what is lost.
    if (spool.destroyed()) this.#startAnew(`the spool in ${given.spoolDir} was destroyed`);
  }

  #startAnew(why: string): void {
    this.#parts.log.fatal(`${why}; starting anew`);
    this.#code = 1;
    this.#stop.abort();
  }
}

function openSpool(given: AgentArguments, metrics: AgentMetrics, log: Logger): Spool | undefined {
  const options = {
    directory: given.spoolDir,
    maxBytes: given.spoolMaxBytes,
    maxAgeMs: given.spoolMaxAgeMs,
    clocks: { wall: Date.now, steady: () => steadyClock.now() },
    lost: (ranges: readonly LostRange[]) => {
      for (const { from, to, reason } of ranges) metrics.lostSeconds.inc({ reason }, to - from);
      log.error({ ranges }, "evidence was lost from the spool");
    },
  };
  try {
    return new Spool(options);
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

const [command, ...options] = process.argv.slice(2);
const modes: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  doctor,
  "probe-answer": answerProbes,
};
process.exitCode = await (modes[command ?? ""]?.(options) ?? main());
