import * as https from "node:https";
import type { SandboxUnderTest } from "./sandbox-process";

/** What watchers saw of changes that were made at a steady pace. */
export interface FanOut {
  /** Between the answer to a change and the moment when the last watcher had seen it, in ms, of every change. */
  readonly lagsMs: readonly number[];
  readonly changesASecond: number;
  /** Watchers whose watch the server ended, because they took too little. */
  readonly cutOff: number;
}

interface Watcher {
  /** Revisions that it has seen, in order. */
  readonly seen: number[];
  /** When it has seen a revision, in ms. */
  readonly seenAtMs: Map<number, number>;
  ended: boolean;
  readonly end: () => void;
}

const marker = Buffer.from('"bench-revision":"');
const quote = 0x22;
const longestTail = 64;

async function watch({ apiUrl, agent }: SandboxUnderTest, resourceVersion: string): Promise<Watcher> {
  const url = new URL(`/api/v1/pods?watch=true&resourceVersion=${resourceVersion}`, apiUrl);
  return new Promise((resolve, reject) => {
    const request = https.get(url, { agent }, (response) => {
      const watcher: Watcher = { seen: [], seenAtMs: new Map(), ended: false, end: () => request.destroy() };
      let rest = Buffer.alloc(0);
      response.on("data", (piece: Buffer) => (rest = take(watcher, Buffer.concat([rest, piece]))));
      response.on("close", () => (watcher.ended = true));
      response.on("error", () => {});
      resolve(watcher);
    });
    request.on("error", reject);
  });
}

/** Notes the revisions in some bytes; gives the end, in which half of one may stand. */
function take({ seen, seenAtMs }: Watcher, bytes: Buffer): Buffer<ArrayBuffer> {
  const at = performance.now();
  let done = 0;
  for (let place = bytes.indexOf(marker); place >= 0; place = bytes.indexOf(marker, done)) {
    const from = place + marker.length;
    const to = bytes.indexOf(quote, from);
    if (to < 0) break;
    const revision = Number(bytes.toString("latin1", from, to));
    seen.push(revision);
    seenAtMs.set(revision, at);
    done = to;
  }
  return Buffer.from(bytes.subarray(Math.max(done, bytes.length - longestTail)));
}

/** Makes changes at `perSecond` for `seconds` while so many watch, and waits until all have seen all of them in order. */
export async function fanOut(
  sandbox: SandboxUnderTest,
  { watchers: count, perSecond, seconds }: { watchers: number; perSecond: number; seconds: number },
): Promise<FanOut> {
  const list = JSON.parse(await request(sandbox, { method: "GET", path: "/api/v1/pods?limit=500" })) as PodList;
  const pods = list.items.map(({ metadata }) => `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`);
  const watchers = await Promise.all(
    Array.from({ length: count }, () => watch(sandbox, list.metadata.resourceVersion)),
  );
  const total = perSecond * seconds;
  const beganAt = performance.now();
  const doneAt: number[] = [];
  const changes: Promise<void>[] = [];
  for (let revision = 1; revision <= total; revision += 1) {
    const dueIn = beganAt + (revision * 1_000) / perSecond - performance.now();
    if (dueIn > 0) await new Promise((resolve) => setTimeout(resolve, dueIn));
    changes.push(
      change(sandbox, pods[revision % pods.length] ?? "", revision).then(
        () => void (doneAt[revision] = performance.now()),
      ),
    );
  }
  await Promise.all(changes);
  const changesASecond = (total * 1_000) / (performance.now() - beganAt);
  const behind = () => watchers.filter(({ seen, ended }) => !ended && seen.length < total);
  while (behind().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const whole = watchers.filter(({ seen }) => seen.length >= total);
  const order = whole[0]?.seen.join();
  if (whole.some(({ seen }) => seen.join() !== order)) throw new Error("watchers saw the changes in different orders");
  const lagsMs = doneAt.slice(1).map((at, index) => {
    const last = whole.reduce((latest, { seenAtMs }) => Math.max(latest, seenAtMs.get(index + 1) ?? 0), 0);
    return Math.max(0, last - at);
  });
  for (const watcher of watchers) watcher.end();
  return { lagsMs, changesASecond, cutOff: watchers.length - whole.length };
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
}

async function change(sandbox: SandboxUnderTest, path: string, revision: number): Promise<void> {
  const body = JSON.stringify({ metadata: { annotations: { "bench-revision": String(revision) } } });
  const patch = () => request(sandbox, { method: "PATCH", path, body });
  // A kept connection may be closed just as it is used; the same patch again changes nothing more.
  await patch().catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ECONNRESET") return patch();
    throw error;
  });
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** One request to its end; gives the text of the answer. */
export function request({ apiUrl, agent }: SandboxUnderTest, { method, path, body }: Asked): Promise<string> {
  const headers =
    body === undefined
      ? {}
      : { "content-type": "application/merge-patch+json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const call = https.request(new URL(path, apiUrl), { method, agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
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
