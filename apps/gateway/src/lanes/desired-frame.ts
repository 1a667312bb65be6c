import { create } from "@bufbuild/protobuf";
import type { DesiredObject } from "@isthmus/db";
import { canonicalJson, type JsonValue } from "@isthmus/policy-engine";
import { DesiredStateSchema, type DesiredState } from "@isthmus/protocol";

/** Withdrawn objects that older plans left have places of upserts; they go when all else is done. */
const FIRST_REMOVAL = 1_000_000;

/**
 * The frame that takes an agent from `baseRevision` (0: from anything) to `revision`. Where each step stands, removals
 * too, was settled when the plan was stored.
 */
export function desiredFrame(
  revisions: { readonly revision: bigint; readonly baseRevision: bigint },
  objects: readonly DesiredObject[],
): DesiredState {
  const upserts = objects.filter(({ withdrawn }) => !withdrawn);
  const removals = objects.filter(({ withdrawn }) => withdrawn);
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
    removals: removals.map(({ ref, recordedUid, position }) => ({
      ref,
      recordedUid,
      position: position < FIRST_REMOVAL ? 0 : position,
    })),
  });
}
