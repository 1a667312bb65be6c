import { setTimeout as sleep } from "node:timers/promises";
import {
  Code,
  ConnectError,
  create,
  createGoldmaneServer,
  FlowListResultSchema,
  FlowResultSchema,
  type FlowListRequest,
  type FlowResult,
  type GoldmaneServer,
  type MutualTls,
} from "@isthmus/goldmane-api";
import type { Ledger, LedgerRun } from "../judge/ledger";
import { BUCKET, bucketOf, flowsOf, lateFlowsOf, type GivenFlow, type Script } from "./given-flows";

/** A bucket is streamed when it is two behind the current one, as by Calico's Goldmane. */
const STREAMED_AFTER = 2 * BUCKET;
const LOOK_MS = 100;
const nowSeconds = (): number => Date.now() / 1_000;

interface GoldmaneRun extends LedgerRun {
  readonly index: number;
  readonly firstBucket: number;
}

/**
 * A Goldmane whose every flow is known beforehand: what it has of its past goes out at once when a stream asks for it,
 * like the real one's; the present follows bucket by bucket. A new run has no memory of the former.
 */
export class ScriptedGoldmane {
  readonly #script: Script;
  readonly #tls: MutualTls;
  readonly #runs: GoldmaneRun[] = [];
  #server: GoldmaneServer | undefined;
  #port = 0;

  constructor(script: Script, tls: MutualTls) {
    this.#script = script;
    this.#tls = tls;
  }

  /** Begins the first run, which remembers so many buckets; answers with its port. */
  async start(run: { readonly id: string; readonly startedAt: number }): Promise<number> {
    this.#begin(run);
    await this.#listen();
    return this.#port;
  }

  /** Ends the present run: connections break, and what was not streamed is lost. */
  async stop(): Promise<void> {
    const last = this.#runs.pop();
    if (last !== undefined) this.#runs.push({ ...last, endedAt: last.endedAt ?? nowSeconds() });
    await this.#server?.close();
    this.#server = undefined;
  }

  /** Begins another run at the same port. */
  async restart(run: { readonly id: string; readonly startedAt: number }): Promise<void> {
    this.#begin(run);
    await this.#listen();
  }

  /** Everything it had, by run; `through` is where judging ends, Unix seconds. */
  ledger(through: number): Ledger {
    const by = (atSeconds: number) => (id: string, bucket: number) => {
      const run = this.#runs.find((each) => each.id === id);
      // An agent whose clock is ahead closes buckets that Goldmane has not begun: nothing of them can be asked for yet.
      const isGiven = run !== undefined && bucket >= run.firstBucket && bucket < bucketOf(atSeconds);
      return isGiven ? this.#flows(run, bucket, atSeconds) : [];
    };
    return {
      through,
      runs: this.#runs.map(({ id, firstBucket, endedAt }) => ({ id, firstBucket, endedAt })),
      flowsOf: by(through),
      everOf: by(Number.POSITIVE_INFINITY),
    };
  }

  #begin({ id, startedAt }: { readonly id: string; readonly startedAt: number }): void {
    this.#runs.push({ id, firstBucket: bucketOf(startedAt), endedAt: undefined, index: this.#runs.length });
  }

  async #listen(): Promise<void> {
    this.#server = createGoldmaneServer({
      tls: this.#tls,
      flows: {
        stream: ({ startTimeGte }, { signal }) => this.#stream(Number(startTimeGte), signal),
        list: (request) => this.#list(request),
      },
    });
    this.#port = await this.#server.listen({ host: "127.0.0.1", port: this.#port });
  }

  /** What a run has of a bucket at a time. */
  #flows(run: GoldmaneRun, bucket: number, atSeconds: number): readonly GivenFlow[] {
    const late = lateFlowsOf(this.#script, run, bucket);
    return [...flowsOf(this.#script, run, bucket), ...(late.fromSeconds <= atSeconds ? late.flows : [])];
  }

  async *#stream(gte: number, signal: AbortSignal): AsyncGenerator<FlowResult> {
    const run = this.#runs.at(-1);
    if (run === undefined) throw new ConnectError("not running", Code.Unavailable);
    for (let bucket = Math.max(bucketOf(gte), run.firstBucket); !signal.aborted; bucket += BUCKET) {
      while (nowSeconds() < bucket + STREAMED_AFTER && !signal.aborted)
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      for (const flow of this.#flows(run, bucket, nowSeconds())) yield message(flow, bucket);
    }
  }

  #list({ startTimeGte, startTimeLt, page, pageSize }: FlowListRequest) {
    const run = this.#runs.at(-1);
    const now = nowSeconds();
    const from = absolute(Number(startTimeGte), now, run?.firstBucket ?? 0);
    const to = absolute(Number(startTimeLt), now, now);
    if (run === undefined || from > now || to < from) throw new ConnectError("no such range", Code.InvalidArgument);
    const found: FlowResult[] = [];
    const last = Math.min(to, now);
    for (let bucket = Math.max(bucketOf(from), run.firstBucket); bucket < last; bucket += BUCKET)
      found.push(...this.#flows(run, bucket, now).map((flow) => message(flow, bucket)));
    const size = Number(pageSize) === 0 ? Math.max(1, found.length) : Number(pageSize);
    return create(FlowListResultSchema, {
      meta: { totalPages: BigInt(Math.ceil(found.length / size)), totalResults: BigInt(found.length) },
      flows: found.slice(Number(page) * size, (Number(page) + 1) * size),
    });
  }
}

/** 0 is left open, a negative time is relative to now. */
function absolute(seconds: number, now: number, open: number): number {
  if (seconds === 0) return open;
  return seconds < 0 ? now + seconds : seconds;
}

const ALLOW = 1;
const DENY = 2;

function message({ port, denied, packets, bytes, connections }: GivenFlow, bucket: number): FlowResult {
  const action = denied ? DENY : ALLOW;
  return create(FlowResultSchema, {
    id: BigInt(port),
    flow: {
      Key: {
        sourceName: "caller-*",
        sourceNamespace: "rig",
        sourceType: 1,
        destName: "answerer-*",
        destNamespace: "rig",
        destType: 1,
        destPort: BigInt(port),
        proto: "tcp",
        reporter: 1,
        action,
        policies: {
          enforcedPolicies: [{ kind: 2, name: "rig", tier: "default", action, policyIndex: 0n, ruleIndex: 0n }],
        },
      },
      startTime: BigInt(bucket),
      endTime: BigInt(bucket + BUCKET),
      sourceLabels: ["app=caller"],
      destLabels: ["app=answerer"],
      packetsOut: BigInt(packets),
      bytesOut: BigInt(bytes),
      numConnectionsStarted: BigInt(connections),
    },
  });
}
