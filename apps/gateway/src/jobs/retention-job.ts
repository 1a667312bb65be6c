import { findRetentionSetting, noteSweptEvidence, type JobLeader, type OrganisationTransaction } from "@isthmus/db";
import { evidenceKinds, keptSince, readRetention, type FlowWriter, type Retention } from "@isthmus/flow-store";
import type { SessionContext } from "../context";

/** What the retention job needs. */
export interface RetentionContext extends Pick<SessionContext, "clock" | "database" | "log"> {
  readonly leader: JobLeader;
  readonly flows: Pick<FlowWriter, "applyRetention">;
  readonly failed: () => void;
  /** What holds where an organisation has set nothing. */
  readonly defaults: Retention;
}

/**
 * Lets evidence go that is past its organisation's retention. A setting that is shortened reaches what is stored at the
 * next run, and is noted before anything goes, so that no answer takes it for kept; what fails for one organisation is
 * tried again then, and keeps no other one waiting.
 */
export function createRetentionJob(context: RetentionContext): () => Promise<void> {
  const { clock, database, defaults, failed, flows, leader, log } = context;
  return async () => {
    if (!(await leader.tryHold("jobs/retention"))) return;
    for (const { id } of await database.lookups.listOrganisationsForJobs()) {
      try {
        const nowMs = clock.now();
        const retention = await database.forOrganisation(id).transaction((tx) => noteRetention(tx, defaults, nowMs));
        const begun = await flows.applyRetention({ organisationId: id, retention, nowMs });
        const rows = begun.reduce((sum, each) => sum + each.rows, 0);
        if (rows > 0) log.info({ organisation: id, rows, partitions: begun.length }, "evidence is past its retention");
      } catch (error) {
        failed();
        log.error({ err: error, job: "retention", organisation: id }, "a job failed; it will be tried again");
      }
    }
  };
}

async function noteRetention(tx: OrganisationTransaction, defaults: Retention, nowMs: number): Promise<Retention> {
  const retention = readRetention(await findRetentionSetting(tx), defaults);
  const beforeMs = Object.fromEntries(evidenceKinds.map((kind) => [kind, keptSince(retention[kind], nowMs)]));
  await noteSweptEvidence(tx, { beforeMs, at: new Date(nowMs) });
  return retention;
}
