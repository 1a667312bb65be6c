import { closeAgentSession } from "@isthmus/db";
import type { SessionContext, SessionOwner } from "../context";

/** Notes in the cluster's row that the session ended; does not fail, since a sweep notes it too. */
export async function noteSessionEnd(context: SessionContext, owner: SessionOwner, reason: string): Promise<void> {
  const at = new Date(context.clock.now());
  try {
    const organisation = context.database.forOrganisation(owner.organisationId);
    await organisation.transaction((tx) => closeAgentSession(tx, { ...owner, at, reason }));
  } catch (error) {
    context.log.warn({ err: error, cluster: owner.clusterId }, "could not note the end of a session");
  }
}
