import { closeSilentSessions, pruneEvidenceProgress, type JobLeader, type Notification } from "@isthmus/db";
import type { FlowReader } from "@isthmus/flow-store";
import type { EvidenceWriter } from "../evidence/evidence-writer";
import type { KeptSince } from "../evidence/kept-since";
import type { CompileJob, JobContext } from "./compile-job";
import { createJobRunner } from "./job-runner";
import { createTopologyJob } from "./topology-job";

/** The background jobs of one gateway; of all gateways one is the leader of each organisation. */
export interface Jobs {
  /** Runs what an announcement asks for. */
  notified(notification: Notification): void;
  /** Takes over organisations that have no leader, and now and then runs what announcements may have missed. */
  sweep(): Promise<void>;
  /** Makes the next sweep run everything. */
  mayHaveMissed(): void;
  close(): Promise<void>;
}

/** What jobs need beside their context. */
export interface JobPorts {
  readonly leader: JobLeader;
  readonly flows: Pick<FlowReader, "changedEdges">;
  readonly newId: () => string;
  readonly evidence: Pick<EvidenceWriter, "concludeOverdue">;
  readonly keptSince: KeptSince;
  readonly compiler: CompileJob;
}

const COMPILE_DELAY_MS = 50;
const TOPOLOGY_DELAY_MS = 3_000;
const FULL_SWEEP_EVERY = 6;
const RETRY_MS = 1_000;

/** What is known of evidence is of no use when it is past retention, by as much as a setting may be lengthened soon. */
const FORGET_AFTER_SECONDS = 30 * 86_400;

/** A session that nobody has heard for this long is unknown since then. */
export const SILENT_AFTER_MS = 25_000;

/** Makes the jobs of one gateway. */
export function createJobs(context: JobContext, ports: JobPorts): Jobs {
  const { leader, flows, newId, compiler, evidence, keptSince } = ports;
  const { clock, database, log, metrics } = context;
  const led = new Set<string>();
  const failed = (job: string) => (organisation: string, error: unknown) => {
    metrics.jobFailures.inc({ job });
    log.error({ err: error, job, organisation }, "a job failed; it will be tried again");
  };
  const runner = (job: string, delayMs: number, run: (organisationId: string) => Promise<void>) =>
    createJobRunner({ clock, delayMs, retryMs: RETRY_MS, run, onFailure: failed(job) });
  const compile = runner("compile", COMPILE_DELAY_MS, async (organisationId) => {
    await compiler.run(organisationId).catch((error: unknown) => {
      // What it stored, if anything, is not known.
      compiler.forget(organisationId);
      throw error;
    });
  });
  const topology = runner("topology", TOPOLOGY_DELAY_MS, createTopologyJob(context, { flows, newId }));
  const { closeSilent, forgetOld } = housekeeping(context, keptSince);
  let sweeps = 0;
  const lead = async (organisationId: string): Promise<boolean> => {
    const before = led.has(organisationId);
    if (!(await leader.tryHold(`jobs/${organisationId}`))) {
      if (led.delete(organisationId)) compiler.forget(organisationId);
      return false;
    }
    led.add(organisationId);
    if (!before) compiler.forget(organisationId);
    return !before;
  };
  return {
    notified: ({ organisation, topic }) => {
      if (!led.has(organisation)) return;
      if (topic === "policy") compile.ask(organisation, "urgent");
      if (topic === "inventory") compile.ask(organisation);
      if (topic === "status" && compiler.waits(organisation)) compile.ask(organisation);
      if (topic === "evidence") topology.ask(organisation);
    },
    mayHaveMissed: () => {
      sweeps = 0;
    },
    sweep: async () => {
      const full = sweeps % FULL_SWEEP_EVERY === 0;
      sweeps += 1;
      for (const { id } of await database.lookups.listOrganisationsForJobs()) {
        const isNew = await lead(id);
        if (!led.has(id)) continue;
        await closeSilent(id).catch((error: unknown) => failed("silence")(id, error));
        await evidence.concludeOverdue(id).catch((error: unknown) => failed("evidence")(id, error));
        if (!full && !isNew) continue;
        await forgetOld(id).catch((error: unknown) => failed("evidence")(id, error));
        compile.ask(id);
        topology.ask(id);
      }
    },
    close: async () => {
      led.clear();
      await Promise.all([compile.close(), topology.close()]);
    },
  };
}

/** What is done for every organisation that this gateway leads, by the clock alone. */
function housekeeping({ clock, database, log }: JobContext, keptSince: KeptSince) {
  return {
    closeSilent: async (organisationId: string): Promise<void> => {
      const before = new Date(clock.now() - SILENT_AFTER_MS);
      const organisation = database.forOrganisation(organisationId);
      const clusters = await organisation.transaction((tx) => closeSilentSessions(tx, { before }));
      if (clusters.length > 0) log.warn({ organisation: organisationId, clusters }, "clusters are no longer heard");
    },
    forgetOld: async (organisationId: string): Promise<void> => {
      const before = Math.floor((await keptSince(organisationId)) / 1_000) - FORGET_AFTER_SECONDS;
      await database.forOrganisation(organisationId).transaction((tx) => pruneEvidenceProgress(tx, { before }));
    },
  };
}
