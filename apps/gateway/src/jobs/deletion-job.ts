import { listClusters, publish, type JobLeader, type OrganisationForJobs } from "@isthmus/db";
import type { FlowWriter } from "@isthmus/flow-store";
import type { SessionContext } from "../context";

/** What the deletion job needs. */
export interface DeletionContext extends Pick<SessionContext, "clock" | "database" | "log"> {
  readonly leader: JobLeader;
  readonly flows: Pick<FlowWriter, "deleteOrganisation">;
}

/**
 * Deletes organisations whose deletion is due: their evidence, then everything in Postgres at once, then the evidence
 * that arrived meanwhile. What fails is begun again the next time; an organisation is there as long as its row is.
 */
export function createDeletionJob({ clock, database, flows, leader, log }: DeletionContext): () => Promise<void> {
  return async () => {
    if (!(await leader.tryHold("jobs/deletion"))) return;
    const remove = async ({ id, name }: OrganisationForJobs): Promise<void> => {
      await flows.deleteOrganisation(id);
      const organisation = database.forOrganisation(id);
      const clusters = await organisation.transaction((tx) => listClusters(tx));
      if (!(await database.lookups.purgeOrganisation(id))) return;
      // Its agents' sessions end now: gateways look, and find none of their rows.
      await organisation.transaction(async (tx) => {
        for (const cluster of clusters) await publish(tx, { topic: "session", id: cluster.id });
      });
      await flows.deleteOrganisation(id);
      log.warn({ organisation: id, name }, "an organisation was deleted, as was asked for");
    };
    for (const due of await database.lookups.listOrganisationsDue(new Date(clock.now()))) {
      await remove(due).catch((error: unknown) =>
        log.error({ err: error, job: "deletion", organisation: due.id }, "a job failed; it will be tried again"),
      );
    }
  };
}
