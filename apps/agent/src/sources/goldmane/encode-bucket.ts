import { flowBatchParts, type BucketIdentity, type HashedFlowRow } from "@isthmus/protocol";
import { setImmediate } from "node:timers/promises";
import { encodeContent, type EncodedContent } from "../../spool/entry";

/** Makes and encodes a bucket's batches, a part at a time: others have their turn in between. */
export async function encodeBucket(
  identity: BucketIdentity,
  rows: readonly HashedFlowRow[],
): Promise<readonly EncodedContent[]> {
  const encoded: EncodedContent[] = [];
  for (const value of flowBatchParts(identity, rows)) {
    await setImmediate();
    encoded.push(encodeContent({ case: "flows", value }));
    await setImmediate();
  }
  return encoded;
}
