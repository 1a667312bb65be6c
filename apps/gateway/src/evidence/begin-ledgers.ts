import { beginEvidenceLedger, type BucketRange, type EvidenceProgress } from "@isthmus/db";
import type { KnownBuckets } from "@isthmus/flow-store";
import type { WriterPorts } from "./ports";
import { UNKNOWN_BUILD } from "./progress";
import { withRange } from "./ranges";

/** Begins the ledgers of clusters with what the evidence store itself has of them: of an older version, or of a backup. */
export async function beginLedgers(
  { database, flows }: Pick<WriterPorts, "database" | "flows">,
  organisationId: string,
  clusterIds: readonly string[],
): Promise<void> {
  const withEvidence = new Set(await flows.clustersWithEvidence({ organisationId, clusterIds }));
  for (const clusterId of clusterIds) {
    const known = withEvidence.has(clusterId) ? await flows.knownBuckets({ organisationId, clusterId }) : [];
    const progress = known.map((each) => progressOf(clusterId, each));
    await database
      .forOrganisation(organisationId)
      .transaction((tx) => beginEvidenceLedger(tx, { clusterId, progress }));
  }
}

function progressOf(clusterId: string, { incarnation, stored, lost, torn, additions }: KnownBuckets): EvidenceProgress {
  // Who stored a torn bucket cannot be told: what comes of it is compared with its rows.
  const partial = torn.map(({ bucket, parts, stored: there }) => ({
    bucket,
    build: UNKNOWN_BUILD,
    parts,
    stored: there,
    rows: 0,
    settles: true,
  }));
  const ranges = (all: readonly BucketRange[]) => all.reduce(withRange, [] as readonly BucketRange[]);
  return { clusterId, incarnation, stored: ranges(stored), lost: ranges(lost), partial, additions };
}
