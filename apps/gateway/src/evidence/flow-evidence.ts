import type { FlowColumns } from "@isthmus/protocol";
import type { FlowEvidence } from "./evidence";
import { flowTableOf, publishedNames } from "./flow-table-of";
import type { BatchClaim } from "./progress";

/** A batch of a cluster's flows, to be stored. */
export function flowEvidence(flows: FlowColumns, clusterId: string): FlowEvidence {
  const { incarnation, rows, restatedAtMs } = flows;
  return {
    kind: "flows",
    incarnation,
    claim: claimOf(flows),
    asOfMs: restatedAtMs,
    rows,
    names: publishedNames(flows),
    table: (identities) => flowTableOf(flows, clusterId, identities),
  };
}

function claimOf({ bucketStart, part, parts, correction, build, restatedAtMs }: FlowColumns): BatchClaim {
  const kind = restatedAtMs > 0 ? "restatement" : correction > 0 ? "addition" : "part";
  return { bucket: bucketStart, part, parts, build, kind, sentCorrection: correction };
}
