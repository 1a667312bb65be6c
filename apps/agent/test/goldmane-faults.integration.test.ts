import { createServer, type AddressInfo } from "node:net";
import { fromBinary } from "@bufbuild/protobuf";
import { ConnectError, Code, createGoldmaneServer, type GoldmaneServer } from "@isthmus/goldmane-api";
import { ok, type Clock } from "@isthmus/std";
import { pino } from "pino";
import { beforeAll, describe, expect, it } from "vitest";
import type { EvidenceSink } from "../src/sources/evidence-source";
import { goldmaneSource } from "../src/sources/goldmane/goldmane-source";
import type { Incarnation } from "../src/sources/goldmane/incarnation";
import { EvidenceBatchSchema, type EvidenceBatch } from "@isthmus/protocol";
import type { Cursor } from "../src/spool/entry";
import { systemClock } from "../src/system-clock";
import { loopbackCertificate } from "./support/loopback-certificate";
import { waitFor } from "./support/wait-for";
import { silentEvents } from "../src/sources/goldmane/testing/silent-events";

// What each fault of Goldmane leaves behind: the agent's own stream, over mutual TLS, to a Goldmane that misbehaves. What
// the examination says of the same faults is in doctor.integration.test.ts.

/** So many times faster than the world, for both sides. */
const SPEED = 10;
const BUCKET = 15;
const startedAtMs = Date.now();
const fastNow = (): number => startedAtMs + (Date.now() - startedAtMs) * SPEED;
const bucketOf = (seconds: number): number => Math.floor(seconds / BUCKET) * BUCKET;
const FIRST = bucketOf(startedAtMs / 1_000) - 20 * BUCKET;
/** Every third bucket is without flows. */
const hasFlows = (start: number): boolean => ((start - FIRST) / BUCKET) % 3 !== 2;

function clockOff(offsetSeconds: number): Clock {
  return {
    now: () => fastNow() + offsetSeconds * 1_000,
    sleep: (delayMs, signal) => systemClock.sleep(delayMs / SPEED, signal),
  };
}

type Certificate = Awaited<ReturnType<typeof loopbackCertificate>>;

interface Fault {
  readonly name: string;
  readonly absent?: true;
  /** Takes connections and says nothing. */
  readonly silent?: true;
  readonly otherClient?: true;
  /** The first stream ends within this bucket's flows. */
  readonly dropsIn?: number;
  readonly cursor?: Cursor;
  readonly incarnation?: Incarnation;
  /** The agent's clock minus Goldmane's, in seconds. */
  readonly offset?: number;
  /** What ClusterFacts.goldmane says. */
  readonly says: RegExp;
  readonly gaps: readonly string[];
  /** The first bucket that is stored, where that can be told beforehand. */
  readonly from?: number;
}

/** A bucket of some hours later. */
const TO_COME = FIRST + 2_000 * BUCKET;
const THIS: Incarnation = { id: "this/0", startedAt: FIRST };
const FAULTS: readonly Fault[] = [
  { name: "none", says: /^connected$/u, gaps: [], from: FIRST },
  { name: "absent", absent: true, says: /^Goldmane does not answer/u, gaps: [] },
  {
    name: "silent, as behind a firewall that drops",
    silent: true,
    // With buckets that time would close as empty.
    incarnation: { id: "this/0", startedAt: undefined },
    cursor: { incarnation: "this/0", through: FIRST - 60 * BUCKET },
    says: /^never connected$/u,
    gaps: [],
  },
  { name: "another authority's client pair", otherClient: true, says: /certificate/u, gaps: [] },
  { name: "dropped within a bucket", dropsIn: FIRST + BUCKET, says: /^connected$/u, gaps: [], from: FIRST },
  {
    name: "a bucket older than its ring",
    incarnation: { id: "this/0", startedAt: undefined },
    cursor: { incarnation: "this/0", through: FIRST - 300 * BUCKET },
    says: /^connected$/u,
    gaps: ["this/0 source-history-exceeded"],
  },
  {
    name: "restarted",
    cursor: { incarnation: "former/0", through: FIRST - 2 * BUCKET },
    says: /^connected$/u,
    gaps: ["former/0 source-restarted"],
    from: FIRST,
  },
  {
    name: "its clock, and ours, set back since the cursor was written",
    cursor: { incarnation: "this/0", through: TO_COME, reconciledThrough: TO_COME },
    says: /^connected$/u,
    gaps: ["this/0 clock-set-back"],
    from: FIRST,
  },
  {
    name: "restarted after a clock was set back",
    cursor: { incarnation: "former/0", through: TO_COME },
    says: /^connected$/u,
    gaps: ["this/0 clock-set-back"],
    from: FIRST,
  },
  { name: "its clock a minute behind ours", offset: 60, says: /^connected$/u, gaps: [], from: FIRST },
  { name: "its clock a minute before ours", offset: -60, says: /^connected$/u, gaps: [], from: FIRST },
];

const key = (start: number, port: number) => ({
  startTime: BigInt(start),
  endTime: BigInt(start + BUCKET),
  Key: {
    sourceName: "a-*",
    sourceNamespace: "n",
    destName: "b-*",
    destNamespace: "n",
    destPort: BigInt(port),
    proto: "tcp",
  },
  packetsIn: 1n,
});

/** Sends a bucket 30 s after its start, and what is due of its history at once. */
function goldmane({ cert, key: privateKey }: Certificate, fault: Fault): GoldmaneServer {
  let streams = 0;
  async function* stream(gte: number, signal: AbortSignal) {
    streams += 1;
    const drops = streams === 1 ? fault.dropsIn : undefined;
    for (let start = Math.max(FIRST, gte); !signal.aborted; start += BUCKET) {
      while (fastNow() / 1_000 < start + 2 * BUCKET && !signal.aborted) await systemClock.sleep(10);
      if (!hasFlows(start)) continue;
      yield { flow: key(start, 1) };
      if (start === drops) throw new ConnectError("gone", Code.Unavailable);
      yield { flow: key(start, 2) };
    }
  }
  return createGoldmaneServer({
    tls: { ca: cert, cert, key: privateKey },
    flows: {
      stream: ({ startTimeGte }, { signal }) => stream(Number(startTimeGte), signal),
      list: ({ startTimeGte, startTimeLt }) => {
        const start = Number(startTimeGte);
        const isBucket = startTimeLt > 0n && start >= FIRST && hasFlows(start);
        const flows = isBucket ? [1, 2].map((port) => ({ id: BigInt(port), flow: key(start, port) })) : [];
        if (start < fastNow() / 1_000) return { meta: { totalResults: BigInt(flows.length) }, flows };
        throw new ConnectError("the range begins after now", Code.InvalidArgument);
      },
    },
  });
}

interface Stored {
  readonly states: string[];
  readonly contents: EvidenceBatch["content"][];
}

function sinkFor(stored: Stored, first: Cursor | undefined): EvidenceSink {
  let cursor = first;
  return {
    get cursor() {
      return cursor;
    },
    append(contents, next) {
      stored.contents.push(...contents.map((each) => fromBinary(EvidenceBatchSchema, each).content));
      cursor = next ?? cursor;
    },
    takesWrites: () => true,
    problem: "",
  };
}

const flowsOf = (contents: Stored["contents"]): string[] =>
  contents.flatMap((each) =>
    each.case === "flows" ? each.value.destPort.map((port) => `${Number(each.value.bucketStart)} ${port}`) : [],
  );
const isRestated = (each: EvidenceBatch["content"]): boolean => each.case === "flows" && each.value.restatedAtMs > 0n;
/** As streamed, each as often as it was; and each that was restated, which it is where this machine stalls: once. */
const flowsIn = ({ contents }: Stored): string[] => {
  const streamed = flowsOf(contents.filter((each) => !isRestated(each)));
  return [
    ...streamed,
    ...new Set(flowsOf(contents.filter(isRestated)).filter((each) => !streamed.includes(each))),
  ].toSorted();
};
const flowsSent = (stored: Stored): string[] =>
  bucketsIn(stored)
    .filter((start) => start >= FIRST && hasFlows(start))
    .flatMap((start) => [1, 2].map((port) => `${start} ${port}`));
/** Without restatements. */
const bucketsIn = ({ contents }: Stored): number[] =>
  contents.flatMap((each) =>
    each.case === "flows" && each.value.restatedAtMs === 0n ? [Number(each.value.bucketStart)] : [],
  );
const gapsIn = ({ contents }: Stored): string[] =>
  contents.flatMap((each) => (each.case === "gap" ? [`${each.value.incarnation} ${each.value.reason}`] : []));

async function streamed(fault: Fault, own: Certificate, other: Certificate): Promise<Stored> {
  const stored: Stored = { states: [], contents: [] };
  const server = goldmane(own, fault);
  const mute = createServer();
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const mutePort = (mute.address() as AddressInfo).port;
  const port = fault.absent ? 1 : fault.silent ? mutePort : await server.listen({ host: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const incarnation = fault.incarnation ?? THIS;
  const client = fault.otherClient ? other : own;
  const source = goldmaneSource({
    address: `127.0.0.1:${port}`,
    serverName: "",
    tls: () => Promise.resolve(ok({ ca: own.cert, ...client })),
    findIncarnation: () => Promise.resolve(incarnation),
    watchedIncarnation: () => incarnation,
    reconcileAfterSeconds: 300,
    workloadOf: () => undefined,
    clock: clockOff(fault.offset ?? 0),
    random: Math.random,
    log: pino({ level: "silent" }),
  });
  const streaming = source.follow({
    marks: () => Promise.resolve([]),
    sink: sinkFor(stored, fault.cursor),
    events: { ...silentEvents, state: (state) => void stored.states.push(state) },
    signal: stop.signal,
  });
  const live = bucketOf(fastNow() / 1_000) + 3 * BUCKET;
  const settled = fastNow() + 20_000;
  await waitFor(`what is to be seen of ${fault.name}`, () =>
    fault.silent
      ? fastNow() > settled
      : fault.absent || fault.otherClient
        ? stored.states.length > 1
        : bucketsIn(stored).some((start) => start >= live) && flowsIn(stored).length >= flowsSent(stored).length,
  );
  stop.abort();
  await streaming;
  await server.close();
  mute.close();
  return stored;
}

describe("what is stored, which gap is named and what is said, with a Goldmane whose fault is", () => {
  let found: ReadonlyMap<Fault, Stored>;
  beforeAll(async () => {
    const [own, other] = await Promise.all([loopbackCertificate(), loopbackCertificate()]);
    found = new Map(
      await Promise.all(FAULTS.map(async (fault) => [fault, await streamed(fault, own, other)] as const)),
    );
  }, 90_000);

  it.each(FAULTS)("$name", (fault) => {
    const stored = found.get(fault) ?? { states: [], contents: [] };
    expect(stored.states.at(-1) ?? "never connected").toMatch(fault.says);
    expect(gapsIn(stored)).toEqual(fault.gaps);
    const buckets = bucketsIn(stored);
    const [first = 0] = buckets;
    const isReached = !(fault.absent ?? fault.silent ?? fault.otherClient ?? false);
    expect(buckets.length > 0).toBe(isReached);
    // Each once, in order, without a hole.
    expect(buckets).toEqual(buckets.map((_, index) => first + index * BUCKET));
    expect(fault.from ?? first).toBe(first);
    expect(flowsIn(stored)).toEqual(flowsSent(stored));
  });
});
