import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { create, equals } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import {
  decodeAgentFrame,
  decodeGatewayFrame,
  encodeAgentFrame,
  encodeGatewayFrame,
  type AgentBody,
  type GatewayBody,
} from "./codec";
import { AgentFrameSchema, GatewayFrameSchema } from "./messages";
import { asSent } from "./testing/as-sent";
import { sampleAgentFrames, sampleGatewayFrames } from "./testing/sample-frames";

const folder = join(import.meta.dirname, "../testdata/v1");
const recorded = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, `${name}.bin`)));
const value = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const agentFrame = (body: AgentBody) => create(AgentFrameSchema, { body });
const gatewayFrame = (body: GatewayBody) => create(GatewayFrameSchema, { body });

describe("recorded frames of version 1", () => {
  it("cover every frame of the oneofs", () => {
    const cases = (bodies: Readonly<Record<string, { readonly case: string }>>) =>
      new Set(Object.values(bodies).map((body) => body.case));
    expect(cases(sampleAgentFrames)).toEqual(new Set(AgentFrameSchema.fields.map((field) => field.localName)));
    expect(cases(sampleGatewayFrames)).toEqual(new Set(GatewayFrameSchema.fields.map((field) => field.localName)));
    expect(readdirSync(folder).toSorted()).toEqual(
      [...Object.keys(sampleAgentFrames), ...Object.keys(sampleGatewayFrames)].map((name) => `${name}.bin`).toSorted(),
    );
  });

  it.each(Object.entries(sampleAgentFrames))("%s reads as it was meant", (name, body) => {
    expect(
      equals(AgentFrameSchema, agentFrame(asSent(value(decodeAgentFrame(recorded(name))))), agentFrame(body)),
    ).toBe(true);
  });

  it.each(Object.entries(sampleGatewayFrames))("%s reads as it was meant", (name, body) => {
    expect(
      equals(GatewayFrameSchema, gatewayFrame(value(decodeGatewayFrame(recorded(name)))), gatewayFrame(body)),
    ).toBe(true);
  });

  it("are what this version would write", () => {
    const written = [
      ...Object.entries(sampleAgentFrames).map(([name, body]) => ({ name, bytes: value(encodeAgentFrame(body)) })),
      ...Object.entries(sampleGatewayFrames).map(([name, body]) => ({ name, bytes: value(encodeGatewayFrame(body)) })),
    ];
    expect(written.filter(({ name, bytes }) => Buffer.compare(bytes, recorded(name)) !== 0)).toEqual([]);
  });
});
