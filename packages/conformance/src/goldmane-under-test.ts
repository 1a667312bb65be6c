import * as tls from "node:tls";
import {
  Code,
  ConnectError,
  createGoldmaneClient,
  type FlowListResult,
  type FlowResult,
  type GoldmaneClient,
  type GoldmaneClientOptions,
  type StatisticsResult,
} from "@isthmus/goldmane-api";
import { ClauseBroken } from "./clause";

const STREAM_PATIENCE_MS = 40_000;
const TLS_PATIENCE_MS = 10_000;

/** How to reach a cluster's Goldmane, and how to prove who asks. */
export type GoldmaneAccess = GoldmaneClientOptions;

type ListRequest = Parameters<GoldmaneClient["flows"]["list"]>[0];
type StreamRequest = Parameters<GoldmaneClient["flows"]["stream"]>[0];
type HintsRequest = Parameters<GoldmaneClient["flows"]["filterHints"]>[0];
type StatisticsRequest = Parameters<GoldmaneClient["statistics"]["list"]>[0];

/** A range of time that is over, in Unix seconds, so that two answers about it are the same. */
export interface ClosedRange {
  readonly startTimeGte: bigint;
  readonly startTimeLt: bigint;
}

/** The Goldmane that is held to the contract. */
export interface GoldmaneUnderTest {
  /** The quarter of an hour that ended two minutes before the run began. */
  readonly range: ClosedRange;
  list(request: ListRequest): Promise<FlowListResult>;
  hints(request: HintsRequest): Promise<readonly string[]>;
  statistics(request: StatisticsRequest): Promise<readonly StatisticsResult[]>;
  /** The first flows of a stream, which is then left; breaks the clause after forty seconds. */
  streamed(request: StreamRequest, count: number): Promise<readonly FlowResult[]>;
  /** What is answered over TLS to one who shows no certificate; `undefined` where the connection is refused. */
  answerWithoutCertificate(): Promise<string | undefined>;
  close(): void;
}

/** Makes the client of a run; the first call connects. */
export function createGoldmaneUnderTest(access: GoldmaneAccess, now: () => number): GoldmaneUnderTest {
  const client = createGoldmaneClient(access);
  const end = Math.floor(now() / 15_000) * 15 - 120;
  return {
    range: { startTimeGte: BigInt(end - 900), startTimeLt: BigInt(end) },
    list: (request) => client.flows.list(request),
    hints: async (request) => (await client.flows.filterHints(request)).hints.map(({ value }) => value),
    statistics: (request) => gathered(client.statistics.list(request)),
    streamed: (request, count) => firstOf(client, request, count),
    answerWithoutCertificate: () => bareAnswer(access),
    close: () => client.close(),
  };
}

async function gathered<T>(answers: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const answer of answers) all.push(answer);
  return all;
}

async function firstOf(client: GoldmaneClient, request: StreamRequest, count: number): Promise<readonly FlowResult[]> {
  const stopping = new AbortController();
  const timer = setTimeout(() => stopping.abort(), STREAM_PATIENCE_MS);
  const seen: FlowResult[] = [];
  try {
    for await (const result of client.flows.stream(request, { signal: stopping.signal })) {
      seen.push(result);
      if (seen.length >= count) return seen;
    }
  } catch (cause) {
    if (!stopping.signal.aborted) throw cause;
  } finally {
    clearTimeout(timer);
    stopping.abort();
  }
  throw new ClauseBroken(`the stream gave ${seen.length} of ${count} flows`);
}

/** With TLS 1.3 a refusal comes after the handshake: whatever the server says is waited for. */
function bareAnswer({ address, serverName, tls: { ca } }: GoldmaneAccess): Promise<string | undefined> {
  const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
  return new Promise((resolve) => {
    const servername = serverName ?? (/^[\d.]+$|:/.test(host) ? undefined : host);
    const socket = tls.connect({
      host,
      port: Number(port),
      ca,
      ALPNProtocols: ["h2"],
      ...(servername ? { servername } : {}),
    });
    socket.setTimeout(TLS_PATIENCE_MS, () => socket.destroy());
    socket.once("secureConnect", () => socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"));
    socket.once("data", (data: Buffer) => {
      resolve(data.toString("hex").slice(0, 60));
      socket.destroy();
    });
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
}

/** Whether a call is one that this Goldmane does not know. */
export function isUnimplemented(cause: unknown): boolean {
  return ConnectError.from(cause).code === Code.Unimplemented;
}

/** The gRPC code with which a call is refused; breaks the clause where it is answered. */
export async function refusalOf(what: string, call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (cause) {
    return Code[ConnectError.from(cause).code];
  }
  throw new ClauseBroken(`${what} was answered`);
}
