import { create } from "@bufbuild/protobuf";
import type { DesiredObject } from "@isthmus/db";
import { canonicalJson, type JsonValue } from "@isthmus/policy-engine";
import { DesiredStateSchema, type DesiredState } from "@isthmus/protocol";

/**
 * The frame that takes an agent from `baseRevision` (0: from anything) to `revision`. Removals come after all upserts,
 * in the reverse of the order in which their objects were applied.
 */
export function desiredFrame(
  revisions: { readonly revision: bigint; readonly baseRevision: bigint },
  objects: readonly DesiredObject[],
): DesiredState {
  const upserts = objects.filter(({ withdrawn }) => !withdrawn);
  const last = objects.reduce((highest, { position }) => Math.max(highest, position), 0);
  const removals = objects.filter(({ withdrawn }) => withdrawn).toSorted((a, b) => b.position - a.position);
  return create(DesiredStateSchema, {
    ...revisions,
    upserts: upserts.map(({ ref, hash, body, position, recordedUid }) => ({
      ref,
      hash,
      // INVARIANT: the column holds the manifest that the compiler made, whose canonical JSON the hash is of.
      body: new TextEncoder().encode(canonicalJson(body as JsonValue)),
      position,
      recordedUid,
    })),
    removals: removals.map(({ ref, recordedUid }, index) => ({ ref, recordedUid, position: last + 1 + index })),
  });
}
