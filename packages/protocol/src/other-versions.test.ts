import { create, equals, fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { decodeAgentFrame, decodeGatewayFrame, encodeAgentFrame, encodeGatewayFrame } from "./codec";
import { readFlowColumns } from "./flow-columns";
import { AgentFrameSchema, FlowBatchSchema, GatewayFrameSchema } from "./messages";
import { asSent } from "./testing/as-sent";
import { sampleAgentFrames, sampleGatewayFrames } from "./testing/sample-frames";
import { fromTheFuture, unknownFrame } from "./testing/from-the-future";

describe("frames of a later version", () => {
  it.each(Object.entries(sampleAgentFrames))("%s reads as it was meant, with fields that nobody knows", (_, body) => {
    const frame = create(AgentFrameSchema, { body });
    const later = fromTheFuture(frame).body as typeof body;
    const bytes = encodeAgentFrame(later);
    const plain = encodeAgentFrame(body);
    if (!bytes.ok || !plain.ok) throw new Error("not written");
    expect(bytes.value.length).toBeGreaterThan(plain.value.length);
    const read = decodeAgentFrame(bytes.value);
    expect(read.ok && equals(AgentFrameSchema, create(AgentFrameSchema, { body: asSent(read.value) }), frame)).toBe(
      true,
    );
  });

  it.each(Object.entries(sampleGatewayFrames))("%s reads as it was meant, with fields that nobody knows", (_, body) => {
    const frame = create(GatewayFrameSchema, { body });
    const bytes = encodeGatewayFrame(fromTheFuture(frame).body as typeof body);
    const read = bytes.ok ? decodeGatewayFrame(bytes.value) : bytes;
    expect(read.ok && equals(GatewayFrameSchema, create(GatewayFrameSchema, { body: read.value }), frame)).toBe(true);
  });

  it("bring their flows, although a column of theirs is not known here", () => {
    const body = sampleAgentFrames["agent-evidence-flows"];
    if (body === undefined) throw new Error("there is no such sample");
    const bytes = encodeAgentFrame(fromTheFuture(create(AgentFrameSchema, { body })).body as never);
    const read = bytes.ok ? decodeAgentFrame(bytes.value) : bytes;
    if (!read.ok || read.value.case !== "evidence" || read.value.value.content.case !== "flows") throw new Error("no");
    const flows = read.value.value.content.value;
    expect(fromBinary(FlowBatchSchema, flows).$unknown).toHaveLength(2);
    expect(readFlowColumns(flows)).toMatchObject({ ok: true, value: { rows: 2 } });
  });

  it("of a kind that nobody knows is told apart from what is no frame, so that it can be skipped", () => {
    expect(decodeAgentFrame(unknownFrame)).toMatchObject({ ok: false, error: { code: "frame-empty" } });
    expect(decodeGatewayFrame(unknownFrame)).toMatchObject({ ok: false, error: { code: "frame-empty" } });
    expect(decodeGatewayFrame(Uint8Array.of(0xa2, 0x38, 9))).toMatchObject({ error: { code: "frame-malformed" } });
  });
});
