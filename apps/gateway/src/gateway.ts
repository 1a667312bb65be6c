import { registerSigningKeys, type Database, type JobLeader, type Listener, type ListenerEvents } from "@isthmus/db";
import { defaultRetention, type FlowReader, type FlowWriter } from "@isthmus/flow-store";
import { CAPABILITIES, type LinkKey } from "@isthmus/protocol";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { Role } from "./config";
import { EVIDENCE_AT_ONCE, SESSION_LIMITS, type SessionContext } from "./context";
import { startHttpServer } from "./http/http-server";
import { createDeletionJob } from "./jobs/deletion-job";
import { createJobs, type Jobs } from "./jobs/jobs";
import { createRetentionJob } from "./jobs/retention-job";
import { createGate } from "./lanes/gate";
import { createMetrics } from "./metrics";
import { repeat, type Repeating } from "./repeat";
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
  await database.global((tx) => registerSigningKeys(tx, { keys, at: new Date(clock.now()) }));
  const registry = settings.roles.includes("sessions") ? createSessionRegistry(context) : undefined;
  const jobs = settings.roles.includes("jobs") ? createJobs(context, adapters) : undefined;
  const purge = jobs && createDeletionJob(adapters);
  const retire =
    jobs &&
    createRetentionJob({
      ...adapters,
      defaults: defaultRetention(settings.retentionDays),
      failed: () => context.metrics.jobFailures.inc({ job: "retention" }),
    });
  const loops = startLoops(context, { registry, jobs, purge, retire });
  const listener = adapters.listen({
    onNotification: (notification) => {
      registry?.notified(notification);
      jobs?.notified(notification);
    },
    onMaybeMissed: () => {
      jobs?.mayHaveMissed();
      for (const loop of loops) loop.wake();
    },
    onDisconnected: (error, retryInMs) => log.warn({ err: error, retryInMs }, "announcements are not heard for now"),
  });
  const server = await startHttpServer(settings.listen, {
    accept: registry ? (socket) => registry.accept(socket) : undefined,
    notReady: () => whyNotReady(database, flows),
    metrics: () => context.metrics.registry.metrics(),
    maxFrameBytes: context.limits.maxFrameBytes,
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
      await jobs?.close();
      await server.close();
    },
  };
}

function sessionContext(settings: GatewaySettings, adapters: GatewayAdapters): SessionContext {
  const { clock, database, flows, log, randomBytes, newId } = adapters;
  return {
    gatewayId: settings.gatewayId,
    identity: {
      key: settings.signingKey,
      nextKeyIds: settings.nextSigningKey ? [settings.nextSigningKey.id] : [],
      capabilities: CAPABILITIES,
    },
    database,
    flows,
    clock,
    log,
    metrics: createMetrics(),
    randomBytes,
    newId,
    limits: SESSION_LIMITS,
    evidenceGate: createGate(EVIDENCE_AT_ONCE),
  };
}

const ownKey = ({ id, publicKey }: LinkKey, state: "current" | "next") => ({ keyId: id, publicKey, state });

interface Parts {
  readonly registry: SessionRegistry | undefined;
  readonly jobs: Jobs | undefined;
  readonly purge: (() => Promise<void>) | undefined;
  readonly retire: (() => Promise<void>) | undefined;
}

function startLoops({ clock, log }: SessionContext, { registry, jobs, purge, retire }: Parts): readonly Repeating[] {
  const loop = (name: string, everyMs: number, run: () => Promise<void>): Repeating =>
    repeat({
      clock,
      everyMs,
      run,
      onFailure: (error) => log.error({ err: error, loop: name }, "a loop failed; it goes on"),
    });
  const loops: Repeating[] = [];
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
