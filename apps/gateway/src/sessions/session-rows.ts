import { closeAgentSession, touchAgentSession } from "@isthmus/db";
import type { Heartbeat } from "@isthmus/protocol";
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

/** Notes in the cluster's row that the session was heard; false where its lease has passed on. */
export async function noteHeard(
  context: SessionContext,
  owner: SessionOwner,
  heard: { readonly heartbeat: Heartbeat; readonly clockOffsetMs: number },
): Promise<boolean> {
  const { heartbeat, clockOffsetMs } = heard;
  const organisation = context.database.forOrganisation(owner.organisationId);
  return await organisation.transaction((tx) =>
    touchAgentSession(tx, {
      ...owner,
      at: new Date(context.clock.now()),
      roundTripMs: Math.min(heartbeat.lastRoundTripMs, 2_000_000_000),
      clockOffsetMs: Math.max(-2_000_000_000, Math.min(2_000_000_000, Math.round(clockOffsetMs))),
      spoolBytes: heartbeat.spoolBytes,
      spoolBatches: heartbeat.spoolBatches,
    }),
  );
}
