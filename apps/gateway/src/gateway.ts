import { registerSigningKeys, type Database, type JobLeader, type Listener, type ListenerEvents } from "@isthmus/db";
import { defaultRetention, type FlowReader, type FlowWriter } from "@isthmus/flow-store";
import { CAPABILITIES, type LinkKey } from "@isthmus/protocol";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { Role } from "./config";
import { SESSION_LIMITS, SYNCS_AT_ONCE, SYNC_IDLE_MS, type SessionContext, type SessionLimits } from "./context";
import { createEvidenceWriter } from "./evidence/evidence-writer";
import { createKeptSince } from "./evidence/kept-since";
import { startHttpServer } from "./http/http-server";
import { createCompileJob, type CompileJob } from "./jobs/compile-job";
import { createDeletionJob } from "./jobs/deletion-job";
import { createJobs, type Jobs } from "./jobs/jobs";
import { createDesiredReader } from "./lanes/desired-reader";
import { createSyncSlots } from "./lanes/sync-slots";
import { createTurns } from "./lanes/turns";
import { createMetrics, type GatewayMetrics } from "./metrics";
import { createRetentionJob } from "./jobs/retention-job";
import { repeat, type Repeating } from "./repeat";
import { ENTRANCE_LIMITS, type EntranceLimits } from "./sessions/entrance";
import { createHeardNotes } from "./sessions/heard-notes";
import { createSessionRegistry, type SessionRegistry } from "./sessions/session-registry";

/** Everything of the outside that a gateway works with; main makes the real ones. */
export interface GatewayAdapters {
  readonly database: Database;
  readonly listen: (events: ListenerEvents) => Listener;
  readonly leader: JobLeader;
  readonly flows: FlowWriter & Pick<FlowReader, "changedEdges"> & { ping(): Promise<void> };
  readonly clock: Clock;
  readonly log: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly newId: () => string;
  /** Its own where it is left out. */
  readonly metrics?: GatewayMetrics;
  /** Compiles desired states; in this thread where it is left out. */
  readonly compiler?: CompileJob;
}

/** How a gateway runs. */
export interface GatewaySettings {
  readonly listen: { readonly host: string; readonly port: number };
  readonly roles: readonly Role[];
  readonly gatewayId: string;
  readonly signingKey: LinkKey;
  readonly nextSigningKey: LinkKey | undefined;
  /** Days for which flows are kept where an organisation has set nothing; other kinds follow from it. */
  readonly retentionDays: number;
  /** Other bounds than the usual ones: tests have no time to wait for those. */
  readonly bounds?: Partial<GatewayBounds>;
}

/** What a gateway lets in, and bears with. */
export interface GatewayBounds {
  readonly session: Partial<SessionLimits>;
  readonly entrance: Partial<EntranceLimits>;
  readonly syncsAtOnce: number;
}

/** A running gateway. */
export interface Gateway {
  readonly port: number;
  /** Drains the sessions, ends the jobs and stops listening; the adapters are the caller's to close. */
  stop(): Promise<void>;
}

const TICK_MS = 1_000;
const RECHECK_MS = 3_000;
const SWEEP_MS = 5_000;
/** How soon a new probe pod, or a cluster that takes part now, is noticed; each pair is dialled less often. */
const PROBES_MS = 5_000;
const DRAIN_MS = 2_000;
const DELETION_MS = 3_600_000;
/** How long a stop waits for the evidence that is being stored; after that another gateway finds out how it ended. */
const EVIDENCE_CLOSE_MS = 5_000;
/** How often a gateway says again which keys it has; a key lingers for ten times as long. */
const SIGNING_KEYS_MS = 60_000;
/** How soon a shorter retention reaches what is stored. */
const RETENTION_MS = 1_800_000;

/*
 *  agents ─▶ http-server ─▶ session-registry ─▶ agent-connection ─▶ lanes ─▶ Postgres, ClickHouse
 *                               ▲    ▲
 *   NOTIFY isthmus ─▶ listen ───┤    └── tick, recheck, probes
 *                               ▼
 *                              jobs: compile, topology, sweep (one leader an organisation), deletion, retention
 */
/** Starts a gateway; resolves when it listens. */
export async function startGateway(settings: GatewaySettings, adapters: GatewayAdapters): Promise<Gateway> {
  const { clock, database, flows, log } = adapters;
  const context = sessionContext(settings, adapters);
  const keys = [
    ownKey(settings.signingKey, "current"),
    ...(settings.nextSigningKey ? [ownKey(settings.nextSigningKey, "next")] : []),
  ];
  const sayKeys = () => database.global((tx) => registerSigningKeys(tx, { keys, at: new Date(clock.now()) }));
  await sayKeys();
  const registry = settings.roles.includes("sessions") ? createSessionRegistry(context) : undefined;
  const jobs = settings.roles.includes("jobs") ? backgroundJobs(context, { settings, adapters }) : undefined;
  const loops = startLoops(context, { registry, sayKeys, ...jobs });
  const listener = adapters.listen({
    onNotification: (notification) => {
      registry?.notified(notification);
      jobs?.jobs.notified(notification);
    },
    onMaybeMissed: () => {
      jobs?.jobs.mayHaveMissed();
      for (const loop of loops) loop.wake();
    },
    onDisconnected: (error, retryInMs) => log.warn({ err: error, retryInMs }, "announcements are not heard for now"),
  });
  const server = await startHttpServer(settings.listen, {
    accept: registry ? (socket) => registry.accept(socket) : undefined,
    notReady: () => whyNotReady(database, flows),
    metrics: () => context.metrics.registry.metrics(),
    maxFrameBytes: context.limits.maxFrameBytes,
    maxSockets: 2 * context.entrance.connections,
  });
  log.info(
    { port: server.port, roles: settings.roles, gateway: settings.gatewayId, key: settings.signingKey.id },
    "gateway listens",
  );
  return {
    port: server.port,
    stop: async () => {
      await registry?.drain(DRAIN_MS);
      await Promise.all(loops.map((loop) => loop.stop()));
      await listener.close();
      await jobs?.jobs.close();
      await context.evidence.close(EVIDENCE_CLOSE_MS);
      await server.close();
    },
  };
}

function sessionContext(settings: GatewaySettings, adapters: GatewayAdapters): SessionContext {
  const { clock, database, flows, log, randomBytes, newId } = adapters;
  const metrics = adapters.metrics ?? createMetrics();
  const { gatewayId, retentionDays } = settings;
  const keptSince = createKeptSince(database, clock, defaultRetention(retentionDays));
  const turns = createTurns();
  const { session, entrance, syncsAtOnce = SYNCS_AT_ONCE } = settings.bounds ?? {};
  return {
    gatewayId,
    identity: {
      key: settings.signingKey,
      nextKeyIds: settings.nextSigningKey ? [settings.nextSigningKey.id] : [],
      capabilities: CAPABILITIES,
    },
    database,
    evidence: createEvidenceWriter({ database, flows, clock, log, metrics, gatewayId, newId, keptSince, turns }),
    clock,
    log,
    metrics,
    randomBytes,
    newId,
    limits: { ...SESSION_LIMITS, ...session },
    entrance: { ...ENTRANCE_LIMITS, ...entrance },
    turns,
    syncSlots: createSyncSlots({ clock, width: syncsAtOnce, idleMs: SYNC_IDLE_MS }),
    desiredReader: createDesiredReader(database, clock),
    heardNotes: createHeardNotes({ database, clock, log }),
  };
}

const ownKey = ({ id, publicKey }: LinkKey, state: "current" | "next") => ({ keyId: id, publicKey, state });

interface BackgroundJobs {
  readonly jobs: Jobs;
  readonly purge: () => Promise<void>;
  readonly retire: () => Promise<void>;
}

function backgroundJobs(
  context: SessionContext,
  { settings, adapters }: { readonly settings: GatewaySettings; readonly adapters: GatewayAdapters },
): BackgroundJobs {
  const { clock, database } = adapters;
  const defaults = defaultRetention(settings.retentionDays);
  const { evidence, metrics } = context;
  const ports = {
    compiler: adapters.compiler ?? createCompileJob(context),
    evidence,
    keptSince: createKeptSince(database, clock, defaults),
  };
  return {
    jobs: createJobs(context, { ...adapters, ...ports }),
    purge: createDeletionJob(adapters),
    retire: createRetentionJob({
      ...adapters,
      defaults,
      failed: () => metrics.jobFailures.inc({ job: "retention" }),
    }),
  };
}

interface Parts extends Partial<BackgroundJobs> {
  readonly registry: SessionRegistry | undefined;
  readonly sayKeys: () => Promise<void>;
}

function startLoops({ clock, log }: SessionContext, parts: Parts): readonly Repeating[] {
  const { registry, jobs, purge, retire, sayKeys } = parts;
  const loop = (name: string, everyMs: number, run: () => Promise<void>): Repeating =>
    repeat({
      clock,
      everyMs,
      run,
      onFailure: (error) => log.error({ err: error, loop: name }, "a loop failed; it goes on"),
    });
  const loops: Repeating[] = [loop("signing keys", SIGNING_KEYS_MS, sayKeys)];
  if (registry) {
    loops.push(loop("tick", TICK_MS, () => Promise.resolve(registry.tick())));
    loops.push(loop("recheck", RECHECK_MS, () => registry.recheck()));
    loops.push(loop("probes", PROBES_MS, () => registry.probe()));
  }
  if (jobs) loops.push(loop("sweep", SWEEP_MS, () => jobs.sweep()));
  if (purge) loops.push(loop("deletion", DELETION_MS, purge));
  if (retire) loops.push(loop("retention", RETENTION_MS, retire));
  return loops;
}

async function whyNotReady(database: Database, flows: { ping(): Promise<void> }): Promise<string | undefined> {
  const check = (name: string, ping: Promise<void>): Promise<string | undefined> =>
    ping.then(
      () => undefined,
      (error: unknown) => `${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  const found = await Promise.all([check("postgres", database.ping()), check("clickhouse", flows.ping())]);
  const reasons = found.filter((reason) => reason !== undefined);
  return reasons.length === 0 ? undefined : reasons.join("; ");
}
