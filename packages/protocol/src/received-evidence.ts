import { readCounted } from "./frame-shape";
import { EvidenceBatchSchema, GapRecordSchema, type EvidenceBatch, type GapRecord } from "./messages";
import { readOneof } from "./wire/oneof";

/** An EvidenceBatch as a gateway reads it: flows stay the bytes of a FlowBatch, for readFlowColumns. */
export interface ReceivedEvidence extends Pick<EvidenceBatch, "sequence" | "leaseTerm"> {
  readonly content:
    | { readonly case: "flows"; readonly value: Uint8Array }
    | { readonly case: "gap"; readonly value: GapRecord }
    | { readonly case: undefined };
}

const { flows, gap } = EvidenceBatchSchema.field;
const contents: ReadonlySet<number> = new Set([flows.number, gap.number]);

/** Reads an EvidenceBatch from its bytes, which it shares; throws where they are none. */
export function readEvidence(bytes: Uint8Array): ReceivedEvidence {
  const { field, bytes: content, rest } = readOneof(bytes, contents);
  const { sequence, leaseTerm } = readCounted(EvidenceBatchSchema, rest);
  if (field === flows.number) return { sequence, leaseTerm, content: { case: "flows", value: content } };
  if (field === gap.number) {
    return { sequence, leaseTerm, content: { case: "gap", value: readCounted(GapRecordSchema, content) } };
  }
  return { sequence, leaseTerm, content: { case: undefined } };
}
