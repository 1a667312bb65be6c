import { create, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { FlowKeySchema, FlowSchema } from "@isthmus/goldmane-api";
import { flowKeyHash } from "@isthmus/protocol";
import { describe, expect, it } from "vitest";
import { FlowReader } from "./flow-reader";

const hit = { kind: 1, tier: "t", name: "p", action: 1, policyIndex: 2n, ruleIndex: -1n };
const bytes = (change: MessageInitShape<typeof FlowSchema> = {}): Uint8Array =>
  toBinary(
    FlowSchema,
    create(FlowSchema, {
      Key: create(FlowKeySchema, {
        sourceName: "a-*",
        sourceNamespace: "n",
        sourceType: 1,
        destName: "-",
        destType: 4,
        destPort: 80n,
        destServiceName: "-",
        proto: "tcp",
        reporter: 1,
        action: 2,
        policies: { enforcedPolicies: [{ ...hit, trigger: hit }] },
      }),
      startTime: 15n,
      sourceLabels: ["b=2", "a=1"],
      packetsIn: 7n,
      ...change,
    }),
  );

describe("FlowReader", () => {
  it("reads a flow as a row with its key's hash; what Goldmane does not know is absent", () => {
    const read = new FlowReader(() => ({ kind: "Deployment", name: "a" })).read(bytes());
    expect(read).toMatchObject({
      startTime: 15,
      row: {
        source: { name: "a-*", namespace: "n", type: 1, workloadKind: "Deployment", workload: "a", labels: "a=1,b=2" },
        // Not a workload: nobody owns a network.
        dest: { name: "", namespace: "", type: 4, workloadKind: "", workload: "", labels: "" },
        destPort: 80,
        destServiceName: "",
        action: 2,
        enforced: [{ name: "p", ruleIndex: -1, trigger: { name: "p", policyIndex: 2 } }],
        pending: [],
        packetsIn: 7,
        bytesOut: 0,
      },
    });
    expect(read && flowKeyHash(read.row)).toBe(read?.row.keyHash);
  });

  it("knows a key again, with the labels and the owner that its ends have now", () => {
    let owner = "first";
    const reader = new FlowReader(() => ({ kind: "Deployment", name: owner }));
    const [first, same] = [reader.read(bytes()), reader.read(bytes({ packetsIn: 8n }))];
    expect(same?.row.source).toBe(first?.row.source);
    expect([first?.row.packetsIn, same?.row.packetsIn]).toEqual([7, 8]);
    owner = "second";
    const later = reader.read(bytes({ sourceLabels: ["a=1"] }));
    expect(later?.row.source).toMatchObject({ workload: "second", labels: "a=1" });
    expect(first?.row.source).toMatchObject({ workload: "first", labels: "a=1,b=2" });
    expect(later?.row.keyHash).toBe(first?.row.keyHash);
  });

  it("tells more keys apart than it remembers, and reads those again that it has forgotten", () => {
    const reader = new FlowReader(() => undefined, { maxKeys: 40 });
    const hashes = (): bigint[] =>
      Array.from({ length: 100 }, (_, port) => {
        const read = reader.read(bytes({ Key: create(FlowKeySchema, { destPort: BigInt(port), proto: "udp" }) }));
        return read?.row.keyHash ?? 0n;
      });
    const first = hashes();
    expect(new Set(first).size).toBe(100);
    expect(hashes()).toEqual(first);
  });

  it.each([
    { name: "a count below none is none", change: { packetsIn: -1n }, packetsIn: 0, faults: ["count-negative"] },
    {
      name: "the least count there is",
      change: { packetsIn: -(2n ** 63n), bytesIn: -5n },
      packetsIn: 0,
      faults: ["count-negative", "count-negative"],
    },
    {
      name: "a count beyond whole numbers is the largest",
      change: { packetsIn: 2n ** 60n },
      packetsIn: Number.MAX_SAFE_INTEGER,
      faults: ["count-too-large"],
    },
    { name: "the largest count", change: { packetsIn: 2n ** 53n - 1n }, packetsIn: 2 ** 53 - 1, faults: [] },
    { name: "a time before all times", change: { startTime: -15n }, packetsIn: undefined, faults: ["time-impossible"] },
    { name: "a time after all", change: { startTime: 2n ** 33n }, packetsIn: undefined, faults: ["time-impossible"] },
    {
      name: "a port that is none",
      change: { Key: create(FlowKeySchema, { destPort: 65_536n }) },
      packetsIn: undefined,
      faults: ["port-impossible"],
    },
    {
      name: "a service's port that is none",
      change: { Key: create(FlowKeySchema, { destServicePort: -1n }) },
      packetsIn: undefined,
      faults: ["port-impossible"],
    },
  ])("$name", ({ change, packetsIn, faults }) => {
    const seen: string[] = [];
    const reader = new FlowReader(() => undefined, { faultSeen: (fault) => seen.push(fault) });
    expect(reader.read(bytes(change))?.row.packetsIn).toBe(packetsIn);
    expect(seen).toEqual(faults);
  });

  it("leaves out a flow without a key", () => {
    expect(new FlowReader(() => undefined).read(toBinary(FlowSchema, create(FlowSchema)))).toBeUndefined();
  });
});
