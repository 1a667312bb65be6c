import { beginEvidenceLedger, findEvidenceLedger, type EvidenceProgress } from "@isthmus/db";
import { EvidenceMarkSchema, type EvidenceMark } from "@isthmus/protocol";
import { create } from "@bufbuild/protobuf";
import type { SessionContext, SessionOwner } from "../context";
import { markOf } from "../evidence/progress";

/** Up to where everything of a cluster's evidence is stored or known to be lost, by incarnation, newest first. */
export async function evidenceMarks(context: SessionContext, owner: SessionOwner): Promise<readonly EvidenceMark[]> {
  const { clusterId, organisationId } = owner;
  const organisation = context.database.forOrganisation(organisationId);
  const known = await organisation.transaction(async (tx) => {
    const found = await findEvidenceLedger(tx, clusterId);
    // Nothing can be stored of a cluster that was never here.
    if (!found.isBegun && !found.hasJoined) await beginEvidenceLedger(tx, { clusterId, progress: [] });
    return found;
  });
  if (known.isBegun || !known.hasJoined) return marksOf(known.progress);
  await context.evidence.beginLedgers(organisationId, [clusterId]);
  return marksOf((await organisation.transaction((tx) => findEvidenceLedger(tx, clusterId))).progress);
}

function marksOf(progress: readonly EvidenceProgress[]): readonly EvidenceMark[] {
  return progress
    .flatMap((each) => {
      const through = markOf(each);
      return through === undefined ? [] : [{ incarnation: each.incarnation, through }];
    })
    .toSorted((a, b) => b.through - a.through)
    .map(({ incarnation, through }) => create(EvidenceMarkSchema, { incarnation, durableThrough: BigInt(through) }));
}
