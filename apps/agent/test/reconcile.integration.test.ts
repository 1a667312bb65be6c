import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { createGoldmaneClient, type MutualTls } from "@isthmus/goldmane-api";
import { EvidenceBatchSchema, type FlowBatch } from "@isthmus/protocol";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findIncarnation } from "../src/sources/goldmane/find-incarnation";
import { goldmaneTls } from "../src/sources/goldmane/goldmane-access";
import { goldmaneSource } from "../src/sources/goldmane/goldmane-source";
import { Spool } from "../src/spool/spool";
import { steadyClock, systemClock } from "../src/system-clock";
import { startSandbox, type RunningSandbox } from "./support/sandbox";
import { waitFor } from "./support/wait-for";
import { silentEvents } from "../src/sources/goldmane/testing/silent-events";

const SERVER_NAME = "goldmane.calico-system.svc";
let sandbox: RunningSandbox;
let folder: string;
let tls: MutualTls;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-reconcile-"));
  sandbox = await startSandbox();
  const read = await goldmaneTls(sandbox.api, {
    goldmaneTlsSecret: { namespace: "calico-system", name: "whisker-backend-key-pair" },
    goldmaneCa: { kind: "ConfigMap", namespace: "calico-system", name: "goldmane-ca-bundle" },
  });
  if (!read.ok) throw new Error(read.error);
  tls = read.value;
}, 120_000);

afterAll(async () => {
  await sandbox?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The agent's source on its real spool, until it is stopped as a process that dies is: nothing is said to anybody. */
async function follow() {
  const stop = new AbortController();
  const spool = new Spool({
    directory: join(folder, "spool"),
    maxBytes: 1e8,
    maxAgeMs: 1e8,
    clocks: { wall: Date.now, steady: () => steadyClock.now() },
    lost: () => undefined,
  });
  const incarnation = await findIncarnation(sandbox.api);
  const source = goldmaneSource({
    address: sandbox.goldmaneAddress,
    serverName: SERVER_NAME,
    tls: () => Promise.resolve({ ok: true, value: tls }),
    findIncarnation: () => findIncarnation(sandbox.api),
    watchedIncarnation: () => incarnation,
    reconcileAfterSeconds: 5,
    workloadOf: () => undefined,
    clock: systemClock,
    random: Math.random,
    log: pino({ level: "silent" }),
  });
  const running = source.follow({
    sink: spool,
    marks: () => Promise.resolve([]),
    events: silentEvents,
    signal: stop.signal,
  });
  return {
    spool,
    async end() {
      stop.abort();
      await running;
      spool.close();
    },
  };
}

/** What the spool holds for a port, as `bucket streamed|restated packets`. */
function toldOf(spool: Spool, port: number): string[] {
  const batches: FlowBatch[] = [];
  for (let at = 0; ;) {
    const batch = spool.nextAfter(at);
    if (batch === undefined) break;
    at = Number(batch.sequence);
    const { content } = fromBinary(EvidenceBatchSchema, toBinary(EvidenceBatchSchema, batch));
    if (content.case === "flows") batches.push(content.value);
  }
  return batches.flatMap((batch) =>
    batch.destPort.flatMap((each, row) => {
      const how = batch.restatedAtMs > 0n ? "restated" : "streamed";
      return each === port ? [`${batch.bucketStart} ${how} ${batch.packetsIn[row]}`] : [];
    }),
  );
}

/** As Felix does, to Goldmane's collector: a flow that began at `startTime`. */
async function report(port: number, startTime: number): Promise<void> {
  const client = createGoldmaneClient({ address: sandbox.goldmaneAddress, serverName: SERVER_NAME, tls });
  const flow = {
    Key: { sourceName: "a-*", sourceNamespace: "n", destName: "b-*", destNamespace: "n", destPort: BigInt(port) },
    startTime: BigInt(startTime),
    endTime: BigInt(startTime + 1),
    packetsIn: 3n,
  };
  async function* updates() {
    yield await Promise.resolve({ flow });
  }
  for await (const _ of client.collector.connect(updates())) break;
  client.close();
}

const nowSeconds = (): number => Date.now() / 1_000;
const bucketNow = (): number => Math.floor(nowSeconds() / 15) * 15;
/** By then the sandbox's Goldmane has streamed the second that a flow is put into. */
const untilLate = (bucket: number) => waitFor("the stream to be past it", () => nowSeconds() > bucket + 8);

describe("flows that reach Goldmane when their bucket has been streamed", () => {
  it("are in the spool once the bucket was compared, as what the bucket says", async () => {
    const agent = await follow();
    const bucket = bucketNow();
    await untilLate(bucket);
    await report(4_242, bucket + 1);
    await report(4_242, bucket + 1);
    const told = await waitFor("the restatement", () =>
      toldOf(agent.spool, 4_242).find((each) => each.includes("restated")),
    );
    expect(told).toBe(`${bucket} restated 6`);
    await agent.end();
  }, 90_000);

  it("are so when the agent died before it compared", async () => {
    const agent = await follow();
    const bucket = bucketNow();
    await waitFor("the bucket to be closed", () => (agent.spool.cursor?.through ?? 0) > bucket);
    expect(agent.spool.cursor?.reconciledThrough).toBeLessThanOrEqual(bucket);
    await agent.end();
    await report(4_243, bucket + 1);
    const again = await follow();
    const told = await waitFor("the restatement", () => toldOf(again.spool, 4_243).at(-1));
    expect(told).toBe(`${bucket} restated 3`);
    await waitFor("the watermark", () => (again.spool.cursor?.reconciledThrough ?? 0) > bucket);
    expect(toldOf(again.spool, 4_243)).toEqual([`${bucket} restated 3`]);
    await again.end();
  }, 90_000);
});
