import * as https from "node:https";
import type { SandboxUnderTest } from "./sandbox-process";

/** What watchers saw of changes that were made at a steady pace. */
export interface FanOut {
  /** Between the answer to a change and the moment when the last watcher had seen it, in ms, of every change. */
  readonly lagsMs: readonly number[];
  readonly changesASecond: number;
}

interface Watcher {
  /** Revisions that it has seen, in order. */
  readonly seen: number[];
  readonly seenAtMs: number[];
  readonly end: () => void;
}

const marker = '"bench-revision":"';

async function watch({ apiUrl, agent }: SandboxUnderTest, resourceVersion: string): Promise<Watcher> {
  const seen: number[] = [];
  const seenAtMs: number[] = [];
  const url = new URL(`/api/v1/pods?watch=true&resourceVersion=${resourceVersion}`, apiUrl);
  return new Promise((resolve, reject) => {
    const request = https.get(url, { agent }, (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        const at = performance.now();
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const place = line.indexOf(marker);
          if (place < 0) continue;
          seen.push(Number.parseInt(line.slice(place + marker.length), 10));
          seenAtMs.push(at);
        }
      });
      resolve({ seen, seenAtMs, end: () => request.destroy() });
    });
    request.on("error", reject);
  });
}

/** Makes changes at `perSecond` for `seconds` while so many watch, and waits until all have seen all of them in order. */
export async function fanOut(
  sandbox: SandboxUnderTest,
  { watchers: count, perSecond, seconds }: { watchers: number; perSecond: number; seconds: number },
): Promise<FanOut> {
  const list = JSON.parse(await request(sandbox, "GET", "/api/v1/pods?limit=500")) as PodList;
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
  while (watchers.some(({ seen }) => seen.length < total)) await new Promise((resolve) => setTimeout(resolve, 5));
  const order = watchers[0]?.seen.join();
  if (watchers.some(({ seen }) => seen.join() !== order))
    throw new Error("watchers saw the changes in different orders");
  const lagsMs = doneAt.slice(1).map((at, index) => {
    const last = Math.max(...watchers.map(({ seen, seenAtMs }) => seenAtMs[seen.indexOf(index + 1)] ?? 0));
    return Math.max(0, last - at);
  });
  for (const watcher of watchers) watcher.end();
  return { lagsMs, changesASecond };
}

interface PodList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace: string } }[];
}

async function change(sandbox: SandboxUnderTest, path: string, revision: number): Promise<void> {
  const body = JSON.stringify({ metadata: { annotations: { "bench-revision": String(revision) } } });
  const patch = () => request(sandbox, "PATCH", path, body);
  // A kept connection may be closed just as it is used; the same patch again changes nothing more.
  await patch().catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ECONNRESET") return patch();
    throw error;
  });
}

/** One request to its end; gives the text of the answer. */
export function request(
  { apiUrl, agent }: SandboxUnderTest,
  method: string,
  path: string,
  body?: string,
): Promise<string> {
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
