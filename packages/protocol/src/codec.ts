import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { err, ok, type Result } from "@isthmus/std";
import { readCounted, ShapeRefused } from "./frame-shape";
import { AgentFrameSchema, GatewayFrameSchema, type AgentFrame, type GatewayFrame } from "./messages";
import { readEvidence, type ReceivedEvidence } from "./received-evidence";
import { readOneof } from "./wire/oneof";

/** Bytes a frame from an agent may have unless Welcome says otherwise: 4 MiB. */
export const DEFAULT_MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** Bytes a frame from a gateway may have: 16 MiB, since a complete desired state is one frame. */
export const MAX_GATEWAY_FRAME_BYTES = 16 * 1024 * 1024;

/** Bytes a frame may have before the peer has proved itself: 16 KiB. */
export const HANDSHAKE_MAX_FRAME_BYTES = 16 * 1024;

/** Why bytes are not a frame. */
export interface FrameError {
  readonly code: "frame-too-large" | "frame-malformed" | "frame-empty";
  readonly message: string;
}

/** The body of a frame that an agent sends: `{case, value}`. */
export type AgentBody = Exclude<AgentFrame["body"], { case: undefined }>;

/** The body of an agent's frame as a gateway reads it: `AgentBody`, but for flows, which are read as columns later. */
export type ReceivedAgentBody =
  Exclude<AgentBody, { case: "evidence" }> | { readonly case: "evidence"; readonly value: ReceivedEvidence };

/** The body of a frame that a gateway sends: `{case, value}`. */
export type GatewayBody = Exclude<GatewayFrame["body"], { case: undefined }>;

function decode<T>(bytes: Uint8Array, maxBytes: number, read: () => T): Result<T, FrameError> {
  const whole = bounded(bytes, maxBytes);
  if (!whole.ok) return whole;
  try {
    return ok(read());
  } catch (cause) {
    if (cause instanceof ShapeRefused) return err(cause.why);
    return err({
      code: "frame-malformed",
      message: `not a frame of this protocol: ${cause instanceof Error ? cause.message : "unreadable"}`,
    });
  }
}

const EMPTY: FrameError = { code: "frame-empty", message: "a frame without a body that this version knows" };

const agentBodies: ReadonlySet<number> = new Set(AgentFrameSchema.fields.map((field) => field.number));

/** Reads a frame that an agent sent; what it makes in memory is bounded, as its bytes are. What it gives of flows are the frame's own bytes. */
export function decodeAgentFrame(
  bytes: Uint8Array,
  maxBytes = DEFAULT_MAX_FRAME_BYTES,
): Result<ReceivedAgentBody, FrameError> {
  const body = decode(bytes, maxBytes, (): ReceivedAgentBody | AgentFrame["body"] => {
    const member = readOneof(bytes, agentBodies);
    if (member.field !== AgentFrameSchema.field.evidence.number) return readCounted(AgentFrameSchema, bytes).body;
    readCounted(AgentFrameSchema, member.rest);
    return { case: "evidence", value: readEvidence(member.bytes) };
  });
  if (!body.ok) return body;
  return body.value.case === undefined ? err(EMPTY) : ok(body.value as ReceivedAgentBody);
}

/** Reads a frame that a gateway sent. */
export function decodeGatewayFrame(
  bytes: Uint8Array,
  maxBytes = MAX_GATEWAY_FRAME_BYTES,
): Result<GatewayBody, FrameError> {
  const frame = decode(bytes, maxBytes, () => fromBinary(GatewayFrameSchema, bytes));
  if (!frame.ok) return frame;
  return frame.value.body.case === undefined ? err(EMPTY) : ok(frame.value.body);
}

function bounded(bytes: Uint8Array, maxBytes: number): Result<Uint8Array, FrameError> {
  if (bytes.length <= maxBytes) return ok(bytes);
  return err({ code: "frame-too-large", message: `a frame of ${bytes.length} bytes is over the limit of ${maxBytes}` });
}

/** Writes a frame for a gateway to read. */
export function encodeAgentFrame(body: AgentBody, maxBytes = DEFAULT_MAX_FRAME_BYTES): Result<Uint8Array, FrameError> {
  return bounded(toBinary(AgentFrameSchema, create(AgentFrameSchema, { body })), maxBytes);
}

/** Writes a frame for an agent to read. */
export function encodeGatewayFrame(
  body: GatewayBody,
  maxBytes = MAX_GATEWAY_FRAME_BYTES,
): Result<Uint8Array, FrameError> {
  return bounded(toBinary(GatewayFrameSchema, create(GatewayFrameSchema, { body })), maxBytes);
}
