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
  return new AuditQueue(settings, onError);
}

class AuditQueue implements AuditSink {
  readonly #settings: AuditWebhook & Required<Pick<AuditWebhook, "maxBatchSize" | "maxBatchWaitMs" | "bufferSize">>;
  readonly #onError: (error: unknown) => void;
  readonly #queue: JsonObject[] = [];
  readonly #counts = { sent: 0, dropped: 0 };
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #full = false;

  constructor(settings: AuditWebhook, onError: (error: unknown) => void) {
    this.#settings = { maxBatchSize: 400, maxBatchWaitMs: 30_000, bufferSize: 10_000, ...settings };
    this.#onError = onError;
  }

  record(event: JsonObject): void {
    const { bufferSize } = this.#settings;
    if (this.#closing.signal.aborted) return;
    if (this.#queue.length < bufferSize) {
      this.#queue.push(event);
      if (!this.#sending) this.#wait();
      return;
    }
    if (this.#full) this.#counts.dropped += 1;
    else this.#drop(1, `${bufferSize} wait already, and those that follow are dropped, too`);
    this.#full = true;
  }

  counts(): AuditCounts {
    return { queued: this.#queue.length, ...this.#counts };
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#closing.abort();
    await this.#sending;
    const rest = this.#queue.splice(0);
    if (rest.length === 0) return;
    const failure = await post(this.#settings, rest, AbortSignal.timeout(closingTimeoutMs)).catch(
      (error: unknown) => error,
    );
    if (failure === undefined) this.#counts.sent += rest.length;
    else this.#drop(rest.length, "the cluster was stopped", failure);
  }

  #wait(): void {
    const { maxBatchSize, maxBatchWaitMs } = this.#settings;
    if (this.#queue.length >= maxBatchSize) this.#start();
    else this.#timer ??= setTimeout(() => this.#start(), maxBatchWaitMs).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#queue.length > 0 && !this.#closing.signal.aborted) this.#wait();
    });
  }

  async #sendAll(): Promise<void> {
    const { signal } = this.#closing;
    do {
      const batch = this.#queue.slice(0, this.#settings.maxBatchSize);
      const failure = await deliver(this.#settings, batch, signal);
      if (signal.aborted && failure) return;
      this.#queue.splice(0, batch.length);
      this.#full = false;
      if (failure) this.#drop(batch.length, "the receiver did not take them", failure);
      else this.#counts.sent += batch.length;
    } while (this.#queue.length >= this.#settings.maxBatchSize && !signal.aborted);
  }

  #drop(count: number, why: string, cause?: unknown): void {
    this.#counts.dropped += count;
    const what = `${count} audit events for ${this.#settings.url} were dropped: ${why}`;
    this.#onError(new Error(what, { cause }));
  }
}

/** Resolves with nothing, or with why a batch was not taken after several attempts. */
async function deliver(settings: AuditWebhook, batch: readonly JsonObject[], signal: AbortSignal): Promise<unknown> {
  const { initialBackoffMs = 10_000 } = settings;
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
