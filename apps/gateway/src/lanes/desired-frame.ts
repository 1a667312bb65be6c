import { create } from "@bufbuild/protobuf";
import type { DesiredObject } from "@isthmus/db";
import { canonicalJson, type JsonValue } from "@isthmus/policy-engine";
import { DesiredStateSchema, type DesiredState } from "@isthmus/protocol";

/** Withdrawn objects that older plans left have places of upserts; they go when all else is done. */
const FIRST_REMOVAL = 1_000_000;

/** Makes the frames of several clusters; an object that many of them hold is written once. */
export interface DesiredFrames {
  /**
   * The frame that takes an agent from `baseRevision` (0: from anything) to `revision`. Where each step stands, removals
   * too, was settled when the plan was stored.
   */
  frame(
    revisions: { readonly revision: bigint; readonly baseRevision: bigint },
    objects: readonly DesiredObject[],
  ): DesiredState;
}

/** Makes a maker of frames, for as long as one batch takes. */
export function createDesiredFrames(): DesiredFrames {
  const written = new Map<string, Uint8Array>();
  const bodyOf = ({ hash, body }: DesiredObject): Uint8Array => {
    const key = Buffer.from(hash).toString("latin1");
    const before = written.get(key);
    if (before) return before;
    // INVARIANT: the column holds the manifest that the compiler made, whose canonical JSON the hash is of.
    const bytes = new TextEncoder().encode(canonicalJson(body as JsonValue));
    written.set(key, bytes);
    return bytes;
  };
  return {
    frame: (revisions, objects) =>
      create(DesiredStateSchema, {
        ...revisions,
        upserts: objects
          .filter(({ withdrawn }) => !withdrawn)
          .map((object) => ({
            ref: object.ref,
            hash: object.hash,
            body: bodyOf(object),
            position: object.position,
            recordedUid: object.recordedUid,
          })),
        removals: objects
          .filter(({ withdrawn }) => withdrawn)
          .map(({ ref, recordedUid, position }) => ({
            ref,
            recordedUid,
            position: position < FIRST_REMOVAL ? 0 : position,
          })),
      }),
  };
}
