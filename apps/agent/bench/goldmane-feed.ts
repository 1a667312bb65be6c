import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  Code,
  ConnectError,
  FlowResultSchema,
  FlowSchema,
  createGoldmaneServer,
  type FlowResult,
  type MutualTls,
} from "@isthmus/goldmane-api";

// A Goldmane in a process of its own that has 30,000 flows in every bucket of 15 s: 2,000 a second. 1 in 20 flows of a
// bucket is of a key that the last bucket did not have, and in every bucket some come after it was streamed.

const BUCKET = 15;
const FLOWS_A_BUCKET = 30_000;
const WORKLOADS = 500;
const NEW_A_BUCKET = FLOWS_A_BUCKET / 20;
/** Fields of a flow from its start to its live connections. */
const NUMBERS = [2, 3, 6, 7, 8, 9, 10, 11, 12];
/** Of every bucket, seen in its list and not in the stream. */
const LATE_A_BUCKET = 50;

const startedAt = Math.floor(Date.now() / 1_000 / BUCKET) * BUCKET;
const nowSeconds = (): number => Date.now() / 1_000;
const nameOf = (workload: number): string => `app-${workload % WORKLOADS}-5d9c7b8f66-*`;
const namespaceOf = (workload: number): string => `team-${workload % 50}`;
const labelsOf = (workload: number): string[] => [
  `app=app-${workload % WORKLOADS}`,
  "pod-template-hash=5d9c7b8f66",
  `tier=${workload % 7}`,
];
const policyOf = (index: number) => ({
  kind: 1,
  tier: "default",
  namespace: namespaceOf(index),
  name: `default.allow-${index % 200}`,
  action: 1,
  policyIndex: 0n,
  ruleIndex: BigInt(index % 4),
});

/** A flow without its numbers, by its id: it comes in bucket after bucket. */
const known = new Map<number, Uint8Array>();

function namesOf(id: number): Uint8Array {
  const made = known.get(id);
  if (made !== undefined) return made;
  const [from, to] = [id * 7, Math.floor(id / 3) * 13 + 1];
  const flow = create(FlowSchema, {
    Key: {
      sourceName: nameOf(from),
      sourceNamespace: namespaceOf(from),
      sourceType: 1,
      destName: nameOf(to),
      destNamespace: namespaceOf(to),
      destType: 1,
      destPort: BigInt(1_024 + (id % 60_000)),
      destServiceName: `svc-${to % WORKLOADS}`,
      destServiceNamespace: namespaceOf(to),
      destServicePortName: "http",
      destServicePort: 80n,
      proto: "tcp",
      reporter: 1 + (id % 2),
      action: 1,
      policies: { enforcedPolicies: [policyOf(to)], pendingPolicies: [policyOf(to)] },
    },
    sourceLabels: labelsOf(from),
    destLabels: labelsOf(to),
  });
  const bytes = toBinary(FlowSchema, flow);
  known.set(id, bytes);
  known.delete(id - 2 * FLOWS_A_BUCKET);
  return bytes;
}

/** Written by hand, so that the feed takes less of the machine than what is measured. */
function flowOf(start: number, index: number): FlowResult {
  const id = ((start - startedAt) / BUCKET) * NEW_A_BUCKET + index;
  const packets = 10 + ((start + id) % 1_000);
  const writer = new BinaryWriter().raw(namesOf(id));
  const counts = [start, start + BUCKET, packets, packets - 1, packets * 90, packets * 70, 3, 2, 1];
  for (const [at, count] of counts.entries()) writer.tag(NUMBERS[at] ?? 0, WireType.Varint).uint64(count);
  const data = new BinaryWriter().bytes(writer.finish()).finish();
  const $unknown = [{ no: FlowResultSchema.field.flow.number, wireType: WireType.LengthDelimited, data }];
  return { ...create(FlowResultSchema, { id: BigInt(id) }), $unknown };
}

async function* stream(gte: number, signal: AbortSignal): AsyncGenerator<FlowResult> {
  for (let start = Math.max(startedAt, gte); !signal.aborted; start += BUCKET) {
    // As the real one does: two buckets behind, all at once.
    while (nowSeconds() < start + 2 * BUCKET && !signal.aborted) await sleep(100);
    for (let index = 0; index < FLOWS_A_BUCKET - LATE_A_BUCKET; index += 1) yield flowOf(start, index);
  }
}

const { tls } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as { tls: MutualTls };
const server = createGoldmaneServer({
  tls,
  flows: {
    stream: ({ startTimeGte }, { signal }) => stream(Number(startTimeGte), signal),
    list: ({ startTimeGte, startTimeLt, page, pageSize }) => {
      const start = Number(startTimeGte);
      if (start >= nowSeconds()) throw new ConnectError("the range begins after now", Code.InvalidArgument);
      // Only whole buckets are asked for; other ranges are questions for the time.
      if (startTimeLt === 0n || start < startedAt) return { meta: { totalPages: 1n, totalResults: 0n }, flows: [] };
      const size = Number(pageSize);
      const first = Number(page) * size;
      const count = Math.max(0, Math.min(size, FLOWS_A_BUCKET - first));
      const flows = Array.from({ length: count }, (_, index) => flowOf(start, first + index));
      return { meta: { totalPages: 1n, totalResults: BigInt(FLOWS_A_BUCKET) }, flows };
    },
  },
});
const port = await server.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${JSON.stringify({ msg: "listening", port })}\n`);
process.once("SIGTERM", () => void server.close());
