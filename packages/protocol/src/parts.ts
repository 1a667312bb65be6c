import { create } from "@bufbuild/protobuf";
import {
  DesiredStateSchema,
  InventoryChunkSchema,
  type DesiredState,
  type InventoryChunk,
  type ResourceRef,
} from "./messages";

/** Bytes that one part of a large message has, about: 1 MiB, or one resource where that alone is larger. */
export const PART_BYTES = 1024 * 1024;

/** How many parts a message may have: what says more is refused. */
export const MAX_PARTS = 256;

/** What the fields beside body and names take at most, as protobuf writes them. */
const FIELDS_BYTES = 160;

interface Weighed {
  readonly ref?: ResourceRef | undefined;
  readonly body?: Uint8Array;
}

function bytesOf({ ref, body }: Weighed): number {
  const names =
    ref === undefined ? 0 : ref.apiVersion.length + ref.kind.length + ref.namespace.length + ref.name.length;
  // A name may be any text: three bytes a code unit at most.
  return FIELDS_BYTES + 3 * names + (body?.length ?? 0);
}

/** Cuts a list where a part would exceed `maxBytes`; no items are one empty part. */
function cut<T extends Weighed>(items: readonly T[], maxBytes: number): readonly (readonly T[])[] {
  const parts: T[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const weight = bytesOf(item);
    if (bytes > 0 && bytes + weight > maxBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(item);
    bytes += weight;
  }
  return parts;
}

/** An upper bound of what a desired state takes as one frame, in bytes. */
export function desiredBytes({ upserts, removals }: DesiredState): number {
  return [...upserts, ...removals].reduce((sum, each) => sum + bytesOf(each), 100);
}

/** A desired state as the frames in which it travels; one frame is left as it is. */
export function desiredParts(state: DesiredState, maxBytes = PART_BYTES): readonly DesiredState[] {
  const steps = [
    ...state.upserts.map((upsert) => ({ ...upsert, isRemoval: false as const })),
    ...state.removals.map((removal) => ({ ...removal, isRemoval: true as const })),
  ];
  const parts = cut(steps, maxBytes);
  if (parts.length === 1) return [state];
  const { revision, baseRevision } = state;
  return parts.map((part, index) =>
    create(DesiredStateSchema, {
      revision,
      baseRevision,
      upserts: part.flatMap(({ isRemoval, ...step }) => (isRemoval ? [] : [step as DesiredState["upserts"][number]])),
      removals: part.flatMap(({ isRemoval, ...step }) => (isRemoval ? [step as DesiredState["removals"][number]] : [])),
      part: index,
      parts: parts.length,
    }),
  );
}

/** A chunk of inventory as the frames in which it travels; one frame is left as it is. */
export function chunkParts(message: InventoryChunk, maxBytes = PART_BYTES): readonly InventoryChunk[] {
  const parts = cut(message.resources, maxBytes);
  if (parts.length === 1) return [message];
  return parts.map((resources, part) =>
    create(InventoryChunkSchema, { chunk: message.chunk, resources: [...resources], part, parts: parts.length }),
  );
}

/** What a part made whole: the message, or that more is to come, or why it cannot be. */
export type Joined<T> =
  | { readonly kind: "whole"; readonly message: T }
  | { readonly kind: "waiting" }
  | { readonly kind: "misfit"; readonly reason: string };

/** Puts the parts of messages together, in the order in which they come. */
export interface Joiner<T> {
  take(part: T): Joined<T>;
}

interface Parted {
  readonly part: number;
  readonly parts: number;
}

function createJoiner<T extends Parted>(isSame: (a: T, b: T) => boolean, join: (parts: readonly T[]) => T): Joiner<T> {
  let held: T[] = [];
  const misfit = (reason: string): Joined<T> => {
    held = [];
    return { kind: "misfit", reason };
  };
  return {
    take: (message) => {
      const { part, parts } = message;
      if (parts <= 1) {
        held = [];
        return { kind: "whole", message };
      }
      // A new beginning puts what was begun before aside: a newer state may overtake one under way.
      if (part === 0) held = [];
      const first = held[0];
      if (parts > MAX_PARTS) return misfit(`${parts} parts, more than ${MAX_PARTS}`);
      if (part !== held.length || (first && (first.parts !== parts || !isSame(first, message))))
        return misfit(`part ${part} of ${parts} came after ${held.length} of ${first?.parts ?? parts}`);
      held.push(message);
      if (held.length < parts) return { kind: "waiting" };
      const whole = join(held);
      held = [];
      return { kind: "whole", message: whole };
    },
  };
}

/** Joins the parts of desired states. */
export function createDesiredJoiner(): Joiner<DesiredState> {
  return createJoiner(
    (a, b) => a.revision === b.revision && a.baseRevision === b.baseRevision,
    (parts) =>
      create(DesiredStateSchema, {
        revision: parts[0]?.revision ?? 0n,
        baseRevision: parts[0]?.baseRevision ?? 0n,
        upserts: parts.flatMap(({ upserts }) => upserts),
        removals: parts.flatMap(({ removals }) => removals),
      }),
  );
}

/** Joins the parts of chunks of inventory. */
export function createChunkJoiner(): Joiner<InventoryChunk> {
  return createJoiner(
    (a, b) => a.chunk === b.chunk,
    (parts) =>
      create(InventoryChunkSchema, {
        chunk: parts[0]?.chunk ?? 0,
        resources: parts.flatMap(({ resources }) => resources),
      }),
  );
}
