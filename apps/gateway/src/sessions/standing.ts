import type { SessionStanding } from "@isthmus/db";
import type { RefusalCode } from "@isthmus/protocol";

/** Judges whether an open session may go on; `standing` is undefined where its rows are gone. */
export function decideStanding(
  standing: SessionStanding | undefined,
  leaseTerm: bigint,
  nowMs: number,
): RefusalCode | "go-on" {
  if (standing === undefined || standing.clusterDeletedAt !== null) return "cluster-deleted";
  if (standing.leaseTerm !== leaseTerm) return "taken-over";
  if (standing.credentialRevokedAt !== null) return "credential-revoked";
  if (standing.credentialExpiresAt === null) return "credential-unknown";
  return standing.credentialExpiresAt.getTime() <= nowMs ? "credential-expired" : "go-on";
}
