import {
  create,
  FilterHintsRequestSchema,
  FilterType,
  FlowListRequestSchema,
  FlowStreamRequestSchema,
  MatchType,
  SortBy,
  type FlowResult,
} from "@isthmus/goldmane-api";
import { describe, expect, it } from "vitest";
import { keyOf, type Flow, type FlowIdentity } from "./flow";
import { Goldmane } from "./goldmane";
import { BUCKET_COUNT } from "./timing";

const OPTIONS = { bucketSeconds: 15, bucketCount: BUCKET_COUNT, lagBuckets: 2 };
const T0 = 1_800_000_000;

function flow(destName: string, startTime: number, started = 1): Flow {
  const identity: FlowIdentity = {
    sourceName: "web-*",
    sourceNamespace: "shop",
    sourceType: 1,
    destName,
    destNamespace: "shop",
    destType: 1,
    destPort: 80,
    destServiceName: "-",
    destServiceNamespace: "-",
    destServicePortName: "-",
    destServicePort: 0,
    proto: "tcp",
    reporter: 1,
    action: 1,
    enforced: [],
    pending: [],
  };
  const counters = { packetsIn: 1, packetsOut: 1, bytesIn: 1, bytesOut: 1, started, completed: 0, live: 0 };
  const labels = new Set<string>();
  return {
    identity,
    key: keyOf(identity),
    startTime,
    endTime: startTime,
    sourceLabels: labels,
    destLabels: labels,
    counters,
  };
}

const at = (seconds: number): number => (T0 + seconds) * 1000;
const goldmane = (): Goldmane => new Goldmane(OPTIONS, at(0));
const list = (request: object = {}) => create(FlowListRequestSchema, request);

interface Reading {
  readonly results: FlowResult[];
  readonly done: Promise<void>;
  settled(): Promise<void>;
}

/** Reads a stream as it comes. */
function read(from: Goldmane, request: object, nowSeconds: number, signal = new AbortController().signal): Reading {
  const stream = from.stream(create(FlowStreamRequestSchema, request), { nowMs: at(nowSeconds), signal });
  if (!stream.ok) throw new Error(stream.error.message);
  const results: FlowResult[] = [];
  const done = (async () => {
    for await (const result of stream.value) results.push(result);
  })();
  return { results, done, settled: () => new Promise((resolve) => setImmediate(resolve)) };
}

const spell = (result: FlowResult): string =>
  `${Number(result.flow?.startTime) - T0} ${result.flow?.Key?.destName} ${result.flow?.numConnectionsStarted}`;

describe("a stream", () => {
  it("gets each bucket once, two behind now, merged", async () => {
    const g = goldmane();
    const reading = read(g, {}, 0);
    g.receive([flow("a", T0 + 1), flow("b", T0 + 14)]);
    g.advance(at(15));
    g.receive([flow("a", T0 + 3, 5), flow("a", T0 + 16, 7)]);
    g.advance(at(29));
    await reading.settled();
    expect(reading.results).toEqual([]);
    g.advance(at(30));
    await reading.settled();
    expect(reading.results.map(spell)).toEqual(["0 a 6", "0 b 1"]);
    expect(Number(reading.results[0]?.flow?.endTime) - T0).toBe(15);
    g.advance(at(45));
    await reading.settled();
    expect(reading.results.map(spell)).toEqual(["0 a 6", "0 b 1", "15 a 7"]);
  });

  it("never gets what came for a bucket after it was sent; a list does", async () => {
    const g = goldmane();
    const reading = read(g, {}, 0);
    g.receive([flow("a", T0)]);
    g.advance(at(30));
    g.receive([flow("late", T0 + 2)]);
    g.advance(at(90));
    await reading.settled();
    expect(reading.results.map(spell)).toEqual(["0 a 1"]);
    const listed = g.list(list({ startTimeGte: BigInt(T0), startTimeLt: BigInt(T0 + 15) }), at(90));
    expect(listed.ok && listed.value.items.map(spell)).toEqual(["0 a 1", "0 late 1"]);
  });

  it("begins with history where it is asked for, and joins it to what follows without a gap or a double", async () => {
    const g = goldmane();
    for (let bucket = 0; bucket < 6; bucket += 1) {
      g.receive([flow("a", T0 + bucket * 15)]);
      g.advance(at(bucket * 15 + 15));
    }
    const all = read(g, { startTimeGte: BigInt(T0 + 20) }, 90);
    const relative = read(g, { startTimeGte: -50n }, 90);
    const none = read(g, { startTimeGte: 0n }, 90);
    await all.settled();
    expect(all.results.map(spell)).toEqual(["15 a 1", "30 a 1", "45 a 1", "60 a 1"]);
    expect(relative.results.map(spell)).toEqual(["30 a 1", "45 a 1", "60 a 1"]);
    g.advance(at(120));
    await all.settled();
    expect(all.results.map(spell).slice(4)).toEqual(["75 a 1"]);
    expect(none.results.map(spell)).toEqual(["75 a 1"]);
  });

  it("gets no history from before the ring", async () => {
    const g = goldmane();
    g.receive([flow("a", T0)]);
    g.advance(at(60));
    const reading = read(g, { startTimeGte: BigInt(T0 - 7200) }, 60);
    await reading.settled();
    expect(reading.results).toEqual([]);
  });

  it("is filtered", async () => {
    const g = goldmane();
    const reading = read(g, { filter: { destNames: [{ value: "A", type: MatchType.Fuzzy }] } }, 0);
    g.receive([flow("bar", T0), flow("boo", T0)]);
    g.advance(at(30));
    await reading.settled();
    expect(reading.results.map(spell)).toEqual(["0 bar 1"]);
  });

  it("ends with a restart, which forgets everything", async () => {
    const g = goldmane();
    const reading = read(g, {}, 0);
    g.receive([flow("a", T0)]);
    g.restart(at(20));
    await reading.done;
    expect(g.list(list(), at(40))).toMatchObject({ ok: true, value: { totalResults: 0 } });
  });

  it("ends when its reader goes, and a slow reader is cut off", async () => {
    const g = goldmane();
    const abort = new AbortController();
    const gone = read(g, {}, 0, abort.signal);
    abort.abort();
    await gone.done;
    const slow = g.stream(create(FlowStreamRequestSchema), { nowMs: at(0), signal: new AbortController().signal });
    if (!slow.ok) throw new Error(slow.error.message);
    for (let bucket = 0; bucket < 30; bucket += 1) {
      g.receive([flow("a", T0 + bucket * 15)]);
      g.advance(at((bucket + 1) * 15));
    }
    await expect(
      (async () => {
        for await (const _ of slow.value);
      })(),
    ).rejects.toThrow(/waiting/u);
  });

  it("is refused beyond a hundred, and for another interval", () => {
    const g = goldmane();
    const reader = {
      nowMs: at(0),
      get signal() {
        return new AbortController().signal;
      },
    };
    expect(g.stream(create(FlowStreamRequestSchema, { aggregationInterval: 30n }), reader)).toMatchObject({
      ok: false,
      error: { code: "invalid" },
    });
    for (let n = 0; n < 100; n += 1) expect(g.stream(create(FlowStreamRequestSchema), reader).ok).toBe(true);
    expect(g.stream(create(FlowStreamRequestSchema), reader)).toMatchObject({
      ok: false,
      error: { code: "exhausted" },
    });
  });
});

describe("the ring", () => {
  it("keeps an hour: older flows are dropped and forgotten, the next bucket is open already", () => {
    const g = goldmane();
    g.receive([flow("old", T0 - 3600 - 45), flow("next", T0 + 20), flow("future", T0 + 31), flow("kept", T0 - 3600)]);
    expect(listed(g, 0, { startTimeLt: BigInt(T0 + 60) })).toEqual(["15 next 1", "-3600 kept 1"]);
    g.advance(at(60));
    expect(listed(g, 60)).toEqual(["15 next 1"]);
  });
});

const listed = (g: Goldmane, nowSeconds: number, request: object = {}): readonly string[] => {
  const result = g.list(list(request), at(nowSeconds));
  if (!result.ok) throw new Error(result.error.message);
  return result.value.items.map(spell);
};

describe("a list", () => {
  it("merges a flow over the buckets of the range, by id", () => {
    const g = goldmane();
    g.receive([flow("a", T0, 1), flow("b", T0, 1)]);
    g.advance(at(15));
    g.receive([flow("a", T0 + 15, 10)]);
    expect(listed(g, 30)).toEqual(["0 a 11", "0 b 1"]);
    expect(listed(g, 30, { startTimeGte: BigInt(T0 + 15) })).toEqual(["15 a 10"]);
    expect(listed(g, 30, { sortBy: [{ sortBy: SortBy.DestName }], page: 1n, pageSize: 1n })).toEqual(["0 b 1"]);
  });

  it("refuses a range that is none and two orders", () => {
    const g = goldmane();
    expect(g.list(list({ startTimeGte: BigInt(T0 + 60) }), at(30)).ok).toBe(false);
    expect(g.list(list({ sortBy: [{}, {}] }), at(30)).ok).toBe(false);
  });

  it("hints at values that occur", () => {
    const g = goldmane();
    g.receive([flow("b", T0), flow("a", T0)]);
    const hints = g.hints(create(FilterHintsRequestSchema, { type: FilterType.FilterTypeDestName }), at(15));
    expect(hints).toMatchObject({ ok: true, value: { items: ["a", "b"], totalResults: 2 } });
    expect(g.hints(create(FilterHintsRequestSchema), at(15)).ok).toBe(false);
  });
});
