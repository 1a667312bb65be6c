import { create, toBinary } from "@bufbuild/protobuf";
import { FlowSchema } from "@isthmus/goldmane-api";
import { flowKeyHash, type FlowRow, type HashedFlowRow } from "@isthmus/protocol";

const end = { name: "a-*", namespace: "n", type: 1, workloadKind: "", workload: "", labels: "" };
/** A flow that its port tells from others. */
export function flowRow(port: number, packetsIn = 1): HashedFlowRow {
  const row = bareRow(port, packetsIn);
  return { ...row, keyHash: flowKeyHash(row) };
}

/** A flow as Goldmane sends it, of the bucket that begins at `start`, that its port tells from others. */
export function flowBytes(start: number, port: number, packetsIn = 1): Uint8Array {
  const flow = create(FlowSchema, {
    Key: { destPort: BigInt(port), proto: "tcp" },
    startTime: BigInt(start),
    packetsIn: BigInt(packetsIn),
  });
  return toBinary(FlowSchema, flow);
}

const bareRow = (port: number, packetsIn: number): FlowRow => ({
  source: end,
  dest: end,
  destPort: port,
  destServiceName: "",
  destServiceNamespace: "",
  destServicePortName: "",
  destServicePort: 0,
  protocol: "tcp",
  reporter: 1,
  action: 1,
  enforced: [],
  pending: [],
  packetsIn,
  packetsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  connectionsStarted: 0,
  connectionsCompleted: 0,
  connectionsLive: 0,
});
