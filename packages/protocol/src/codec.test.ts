import fc from "fast-check";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { decodeAgentFrame, encodeAgentFrame } from "./codec";
import { AgentFrameSchema, HeartbeatSchema } from "./messages";

const heartbeat = (sequence: bigint) => ({ case: "heartbeat" as const, value: create(HeartbeatSchema, { sequence }) });

describe("frame codec", () => {
  it("reads what it wrote", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (sequence) => {
        const bytes = encodeAgentFrame(heartbeat(sequence));
        expect(bytes.ok && decodeAgentFrame(bytes.value)).toEqual({ ok: true, value: heartbeat(sequence) });
      }),
    );
  });

  it("answers any bytes with a frame or a typed error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const frame = decodeAgentFrame(bytes);
        expect(["read", "frame-malformed", "frame-empty"]).toContain(frame.ok ? "read" : frame.error.code);
      }),
    );
  });

  it("refuses a frame over the limit in both directions", () => {
    const bytes = toBinary(AgentFrameSchema, create(AgentFrameSchema, { body: heartbeat(2n ** 60n) }));
    expect(decodeAgentFrame(bytes, bytes.length).ok).toBe(true);
    expect(decodeAgentFrame(bytes, bytes.length - 1)).toMatchObject({ ok: false, error: { code: "frame-too-large" } });
    expect(encodeAgentFrame(heartbeat(2n ** 60n), bytes.length - 1)).toMatchObject({
      ok: false,
      error: { code: "frame-too-large" },
    });
  });

  it("names a frame without a known body", () => {
    expect(decodeAgentFrame(new Uint8Array(0))).toMatchObject({ ok: false, error: { code: "frame-empty" } });
    // field 900, which no version has, with an empty message
    expect(decodeAgentFrame(new Uint8Array([0xa2, 0x38, 0x00]))).toMatchObject({
      ok: false,
      error: { code: "frame-empty" },
    });
  });
});
