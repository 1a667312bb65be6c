import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as https from "node:https";
import * as path from "node:path";
import { bundled } from "./bundled";
import type { BareTask } from "./bare-server";
import type { ReadingReport, ReadingTask } from "./read-watches";
import { cpuSecondsOf, type ServerUnderTest } from "./sandbox-process";

/** What watchers saw of changes that were made at a steady pace. */
export interface FanOut {
  /** Between the answer to a change and the moment when the last watcher had seen it, in ms, of every change. */
  readonly lagsMs: readonly number[];
  readonly changesASecond: number;
  /** Watchers whose watch the server ended, because they took too little. */
  readonly cutOff: number;
  readonly megabytes: number;
  /** Processor time of the server from the first change until all had seen the last one, in seconds. */
  readonly cpuSeconds: number;
}

interface Load {
  readonly watchers: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** The watches are read by this many processes, so that none of them is what is measured. */
const mostReaders = 2;

type Read = Extract<ReadingReport, { readonly kind: "read" }>;

interface Reader {
  readonly child: ChildProcess;
  readonly read: Promise<Read>;
}

/** Starts a process that watches; resolves when all of its watches are open. */
async function startReader(task: ReadingTask): Promise<Reader> {
  const child = fork(await bundled(path.join(import.meta.dirname, "read-watches.ts")));
  const said = (kind: ReadingReport["kind"]) =>
    new Promise<ReadingReport>((resolve, reject) => {
      child.on("message", (report: ReadingReport) => {
        if (report.kind === kind) resolve(report);
      });
      child.once("exit", (code) => reject(new Error(`a process that reads watches ended with ${code}`)));
    });
  const [open, read] = [said("open"), said("read") as Promise<Read>];
  child.send(task);
  await open;
  return { child, read };
}

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Makes changes at `perSecond` for `seconds` while so many watch, and waits until all have seen all of them in order. */
export async function fanOut(server: ServerUnderTest, { watchers, perSecond, seconds }: Load): Promise<FanOut> {
  const list = JSON.parse(await request(server, { method: "GET", path: "/api/v1/pods?limit=500" })) as PodList;
  const pods = list.items.map(({ metadata }) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`);
  const url = `${server.apiUrl}/api/v1/pods?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  const changes = perSecond * seconds;
  const processes = Math.min(watchers, mostReaders);
  const task = { url, tls: server.tls, watches: watchers / processes, changes };
  const readers = await Promise.all(Array.from({ length: processes }, () => startReader(task)));
  const cpuBefore = server.cpuSeconds();
  const beganAt = nowMs();
  const doneAt = await changeSteadily({ changes, perSecond }, (revision) =>
    change(server, pods[revision % pods.length] ?? "", revision),
  );
  const changesASecond = (changes * 1_000) / (Math.max(...doneAt) - beganAt);
  const reads = await Promise.all(readers.map(({ read }) => read));
  const cpuSeconds = server.cpuSeconds() - cpuBefore;
  for (const { child } of readers) child.disconnect();
  if (new Set(reads.flatMap(({ orders }) => orders)).size > 1)
    throw new Error("watchers saw the changes in different orders");
  const seenAt = (index: number) => Math.max(...reads.map(({ lastSeenAtMs }) => lastSeenAtMs[index] ?? 0));
  return {
    lagsMs: doneAt.map((at, index) => Math.max(0, seenAt(index) - at)),
    changesASecond,
    cutOff: reads.reduce((sum, { cutOff }) => sum + cutOff, 0),
    megabytes: reads.reduce((sum, { megabytes }) => sum + megabytes, 0),
    cpuSeconds,
  };
}

/** Makes numbered changes when each is due; gives when each was answered. */
async function changeSteadily(
  { changes, perSecond }: { readonly changes: number; readonly perSecond: number },
  make: (revision: number) => Promise<void>,
): Promise<readonly number[]> {
  const beganAt = nowMs();
  const done: Promise<number>[] = [];
  for (let revision = 1; revision <= changes; revision += 1) {
    const dueIn = beganAt + (revision * 1_000) / perSecond - nowMs();
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    done.push(make(revision).then(nowMs));
  }
  return Promise.all(done);
}

/** The same changes with the same watchers at a server that only writes; it serves the sandbox's own pods. */
export async function bareFanOut(sandbox: ServerUnderTest, load: Load): Promise<FanOut> {
  const list = await request(sandbox, { method: "GET", path: "/api/v1/pods?limit=500" });
  const child = fork(await bundled(path.join(import.meta.dirname, "bare-server.ts")));
  try {
    child.send({ tls: { ...sandbox.tls, ...sandbox.serving }, list } satisfies BareTask);
    const [port] = (await once(child, "message")) as [number];
    const cpuSeconds = () => cpuSecondsOf(child);
    return await fanOut({ ...sandbox, apiUrl: `https://127.0.0.1:${port}`, cpuSeconds }, load);
  } finally {
    child.disconnect();
  }
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
}

async function change(server: ServerUnderTest, path: string, revision: number): Promise<void> {
  const body = JSON.stringify({ metadata: { annotations: { "bench-revision": String(revision) } } });
  await request(server, { method: "PATCH", path, body });
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/**
 * One request to its end; gives the text of the answer. A kept connection may be closed just as it is used: what is asked
 * here may be asked again.
 */
export async function request(server: ServerUnderTest, asked: Asked): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await requestOnce(server, asked);
    } catch (error) {
      const closed = error instanceof Error && "code" in error && error.code === "ECONNRESET";
      if (!closed || attempt === mostAttempts) throw error;
    }
  }
}

const mostAttempts = 20;

function requestOnce({ apiUrl, agent }: ServerUnderTest, { method, path, body }: Asked): Promise<string> {
  const headers =
    body === undefined
      ? {}
      : { "content-type": "application/merge-patch+json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const call = https.request(new URL(path, apiUrl), { method, agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(pieces).toString("utf8");
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 200)}`));
      });
    });
    call.on("error", reject);
    call.end(body);
  });
}
