import * as http from "node:http";
import * as https from "node:https";
import type { JsonObject } from "../../json";
import type { AuditWebhook } from "./settings";

/** What became of the events of a cluster. */
export interface AuditCounts {
  readonly queued: number;
  readonly sent: number;
  /** Since no room was left for them, or since the receiver did not take them. */
  readonly dropped: number;
}

/** A queue of events before a receiver. */
export interface AuditSink {
  /** Never waits: an event without room is dropped. */
  record(event: JsonObject): void;
  counts(): AuditCounts;
  /** Sends once more what waits, and ends. */
  close(): Promise<void>;
}

const attempts = 5;
const backoffFactor = 1.5;
const requestTimeoutMs = 30_000;
const closingTimeoutMs = 2_000;

/** Sends events in batches, one request at a time and in order, as Kubernetes' batching webhook does. */
export function startAuditWebhook(settings: AuditWebhook, onError: (error: unknown) => void): AuditSink {
  const { maxBatchSize = 400, maxBatchWaitMs = 30_000, bufferSize = 10_000, initialBackoffMs = 10_000 } = settings;
  const queue: JsonObject[] = [];
  const counts = { sent: 0, dropped: 0 };
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> | undefined;
  let full = false;

  const drop = (count: number, why: string, cause?: unknown) => {
    counts.dropped += count;
    onError(new Error(`${count} audit events for ${settings.url} were dropped: ${why}`, { cause }));
  };
  const sendAll = async () => {
    while (queue.length > 0 && !closing.signal.aborted) {
      const batch = queue.slice(0, maxBatchSize);
      const failure = await deliver(settings, batch, { initialBackoffMs, signal: closing.signal });
      if (closing.signal.aborted && failure) return;
      queue.splice(0, batch.length);
      full = false;
      if (failure) drop(batch.length, "the receiver did not take them", failure);
      else counts.sent += batch.length;
      if (queue.length < maxBatchSize) return;
    }
  };
  const start = () => {
    clearTimeout(timer);
    timer = undefined;
    sending ??= sendAll().finally(() => {
      sending = undefined;
      if (queue.length > 0 && !closing.signal.aborted) wait();
    });
  };
  const wait = () => {
    if (queue.length >= maxBatchSize) start();
    else timer ??= setTimeout(start, maxBatchWaitMs).unref();
  };
  return {
    record: (event) => {
      if (closing.signal.aborted) return;
      if (queue.length >= bufferSize) {
        if (full) counts.dropped += 1;
        else drop(1, `${bufferSize} wait already, and those that follow are dropped, too`);
        full = true;
        return;
      }
      queue.push(event);
      if (!sending) wait();
    },
    counts: () => ({ queued: queue.length, ...counts }),
    close: async () => {
      clearTimeout(timer);
      closing.abort();
      await sending;
      if (queue.length === 0) return;
      const failure = await post(settings, queue, AbortSignal.timeout(closingTimeoutMs)).catch(
        (error: unknown) => error,
      );
      if (failure === undefined) counts.sent += queue.length;
      else drop(queue.length, "the cluster was stopped", failure);
      queue.length = 0;
    },
  };
}

/** Resolves with nothing, or with why a batch was not taken after several attempts. */
async function deliver(
  settings: AuditWebhook,
  batch: readonly JsonObject[],
  { initialBackoffMs, signal }: { readonly initialBackoffMs: number; readonly signal: AbortSignal },
): Promise<unknown> {
  for (let attempt = 1; ; attempt += 1) {
    const failure = await post(settings, batch, signal).catch((error: unknown) => error ?? "unknown");
    const again = failure !== undefined && !(failure instanceof RefusedError) && attempt < attempts;
    if (!again || signal.aborted) return failure;
    await pause(initialBackoffMs * backoffFactor ** (attempt - 1), signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** The receiver does not want these events, and would not take them later. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
}

function post(
  { url, certificateAuthority }: AuditWebhook,
  items: readonly JsonObject[],
  signal: AbortSignal,
): Promise<undefined> {
  const body = JSON.stringify({ kind: "EventList", apiVersion: "audit.k8s.io/v1", metadata: {}, items });
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const given = { method: "POST", headers, signal, timeout: requestTimeoutMs };
  const options = certificateAuthority === undefined ? given : { ...given, ca: certificateAuthority };
  return new Promise((resolve, reject) => {
    const request = (url.startsWith("https:") ? https : http).request(url, options, (response) => {
      const { statusCode = 0 } = response;
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        if (statusCode >= 200 && statusCode < 300) return resolve(undefined);
        const mayTakeLater = statusCode >= 500 || statusCode === 429;
        const text = `the receiver answered ${statusCode}`;
        return reject(mayTakeLater ? new Error(text) : new RefusedError(text));
      });
    });
    request.once("error", reject);
    request.once("timeout", () => request.destroy(new Error(`no answer within ${requestTimeoutMs} ms`)));
    request.end(body);
  });
}
