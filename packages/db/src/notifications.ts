import { backoffDelayMs, type Backoff, type Clock } from "@isthmus/std";
import { Client } from "pg";
import { topics, type Notification, type Topic } from "./domain";

/** What a listener tells its owner. */
export interface ListenerEvents {
  /** Something changed: a hint, to be followed by reading. */
  onNotification(notification: Notification): void;
  /** The connection was away and is back, or has just been made: read everything that matters again. */
  onMaybeMissed(): void;
  /** The connection was lost or refused; it is tried again after `retryInMs`. */
  onDisconnected?(error: Error, retryInMs: number): void;
}

/** A running subscription. */
export interface Listener {
  /** Ends the subscription; resolves when its connection is closed. */
  close(): Promise<void>;
}

const channel = "isthmus";
const backoff: Backoff = { baseMs: 100, maxMs: 5_000 };
const wallClock: Pick<Clock, "sleep"> = {
  sleep: (delayMs, signal) =>
    new Promise((resolve) => {
      const stop = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const timer = setTimeout(stop, delayMs);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Listens on the channel `isthmus` with a connection of its own, and makes it again for as long as it is not closed. */
export function listen(url: string, events: ListenerEvents, clock: Pick<Clock, "sleep"> = wallClock): Listener {
  const stop = new AbortController();
  const running = keepListening({ url, events, clock, signal: stop.signal });
  return {
    close: async () => {
      stop.abort();
      await running;
    },
  };
}

interface Subscription {
  readonly url: string;
  readonly events: ListenerEvents;
  readonly clock: Pick<Clock, "sleep">;
  readonly signal: AbortSignal;
}

async function keepListening(subscription: Subscription): Promise<void> {
  const { events, clock, signal } = subscription;
  let attempt = 0;
  while (!signal.aborted) {
    const error = await listenOnce(subscription, () => (attempt = 0));
    if (signal.aborted) return;
    const retryInMs = backoffDelayMs(backoff, attempt++, Math.random());
    events.onDisconnected?.(error, retryInMs);
    await clock.sleep(retryInMs, signal).catch(() => undefined);
  }
}

/** Resolves with the reason when the connection is over. */
async function listenOnce({ url, events, signal }: Subscription, onConnected: () => void): Promise<Error> {
  const client = new Client({
    connectionString: url,
    keepAlive: true,
    application_name: "isthmus-listen",
    connectionTimeoutMillis: 10_000,
  });
  const closed = new AbortController();
  const over = new Promise<Error>((resolve) => {
    client.on("error", resolve);
    client.on("end", () => resolve(new Error("the connection ended")));
    signal.addEventListener("abort", () => resolve(new Error("closed")), { once: true, signal: closed.signal });
  });
  client.on("notification", ({ payload }) => {
    const notification = parseNotification(payload ?? "");
    if (notification) events.onNotification(notification);
  });
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
    onConnected();
    events.onMaybeMissed();
    return await over;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    closed.abort();
    await client.end().catch(() => undefined);
  }
}

/** Reads a payload; undefined for one that another version or somebody else sent. */
export function parseNotification(payload: string): Notification | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { organisation, topic, id } = value as Readonly<Record<string, unknown>>;
  if (typeof organisation !== "string" || typeof id !== "string" || !isTopic(topic)) return undefined;
  return { organisation, topic, id };
}

function isTopic(value: unknown): value is Topic {
  return (topics as readonly unknown[]).includes(value);
}
