import type { Message } from "@bufbuild/protobuf";

/** A varint field and a bytes field of numbers that nothing here uses. */
const unknownFields = () => [
  { no: 9_001, wireType: 0, data: Uint8Array.of(42) },
  { no: 9_002, wireType: 2, data: Uint8Array.of(3, 1, 2, 3) },
];

/** The same message as a later version might send it: it and every message within carry fields that nobody here knows. */
export function fromTheFuture<T extends Message>(message: T): T {
  const copy = { ...message, $unknown: unknownFields() } as Record<string, unknown>;
  for (const [name, value] of Object.entries(copy)) if (name !== "$unknown") copy[name] = later(value);
  return copy as T;
}

function later(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(later);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if ("$typeName" in value) return fromTheFuture(value as Message);
  // A oneof: {case, value}.
  return "case" in value && "value" in value ? { ...value, value: later(value.value) } : value;
}

/** A frame whose kind nobody here knows: field 900, a message of one field. */
export const unknownFrame: Uint8Array = Uint8Array.of(0xa2, 0x38, 2, 0x08, 1);
