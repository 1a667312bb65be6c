import { create, equals, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlowKeySchema, FlowSchema } from "./gen/goldmane/goldmane_pb";
import { decodeFlowKey, decodeLabels, splitFlow } from "./split-flow";

const text = fc.constantFrom("", "a", "frontend-*", "größe", "x".repeat(200));
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const key = fc.record({ sourceName: text, destNamespace: text, proto: text, destPort: fc.nat({ max: 65_535 }) });
const flow = fc.record({
  key,
  sourceLabels: fc.array(text, { maxLength: 4 }),
  destLabels: fc.array(text, { maxLength: 4 }),
  startTime: count,
  packetsIn: count,
  bytesOut: count,
  connectionsLive: count,
});

const keyOf = ({ destPort, ...rest }: { destPort: number }): MessageInitShape<typeof FlowKeySchema> => ({
  ...rest,
  destPort: BigInt(destPort),
  policies: { enforcedPolicies: [{ name: "p", trigger: { name: "q" } }] },
});

describe("splitFlow", () => {
  it("finds in a flow's bytes what the message says", () => {
    fc.assert(
      fc.property(flow, (each) => {
        const Key = keyOf(each.key);
        const message = create(FlowSchema, {
          Key,
          sourceLabels: each.sourceLabels,
          destLabels: each.destLabels,
          startTime: BigInt(each.startTime),
          packetsIn: BigInt(each.packetsIn),
          bytesOut: BigInt(each.bytesOut),
          numConnectionsLive: BigInt(each.connectionsLive),
          $unknown: [
            { no: 90, wireType: 0, data: Uint8Array.of(42) },
            { no: 91, wireType: 1, data: new Uint8Array(8) },
            { no: 92, wireType: 5, data: new Uint8Array(4) },
          ],
        });
        const split = splitFlow(toBinary(FlowSchema, message));
        expect(split).toMatchObject({
          startTime: each.startTime,
          packetsIn: each.packetsIn,
          packetsOut: 0,
          bytesOut: each.bytesOut,
          connectionsLive: each.connectionsLive,
        });
        expect(decodeLabels(split?.sourceLabels ?? "", "source")).toEqual(each.sourceLabels);
        expect(decodeLabels(split?.destLabels ?? "", "dest")).toEqual(each.destLabels);
        expect(equals(FlowKeySchema, decodeFlowKey(split?.key ?? ""), create(FlowKeySchema, Key))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("tells keys apart by their text, takes out Felix's placeholder, and remembers nothing of the flow before", () => {
    const bytes = (sourceName: string, packetsIn = 0n): Uint8Array =>
      toBinary(FlowSchema, create(FlowSchema, { Key: { sourceName, proto: "tcp" }, packetsIn }));
    const [a, b, again] = [bytes("-", 7n), bytes("b"), bytes("-")].map(splitFlow);
    expect(a?.key).toBe(again?.key);
    expect(a?.key).not.toBe(b?.key);
    expect([a?.packetsIn, again?.packetsIn]).toEqual([7, 0]);
    expect(decodeFlowKey(a?.key ?? "").sourceName).toBe("");
  });

  it("says that a flow has no key, and throws on what is no message", () => {
    expect(splitFlow(new Uint8Array(0))).toBeUndefined();
    for (const cut of [Uint8Array.of(0x0a, 9, 1), Uint8Array.of(0x30, 0x80), Uint8Array.of(0x0b)]) {
      expect(() => splitFlow(cut)).toThrow(RangeError);
    }
  });
});
