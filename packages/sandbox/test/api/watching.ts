import { readFileSync } from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import { objectOf, stringOf, valueAt, type JsonObject } from "../../src/json";
import type { TestCluster } from "./fixture";

/** An open watch that collects its events. */
export interface Watching {
  readonly events: readonly JsonObject[];
  /** Resolves when the events satisfy the test; rejects after ten seconds. */
  until(holds: (events: readonly JsonObject[]) => boolean): Promise<void>;
  readonly ended: Promise<void>;
  stop(): void;
}

/** Opens a watch as the administrator. */
export function watch(cluster: TestCluster, at: string): Watching {
  const keys = objectOf(JSON.parse(readFileSync(path.join(cluster.stateDir, "keys.json"), "utf8")));
  const events: JsonObject[] = [];
  const listeners = new Set<() => void>();
  const request = https.request(new URL(at, cluster.apiUrl), {
    ca: stringOf(valueAt(keys, "authority", "certificate")),
    cert: stringOf(valueAt(keys, "admin", "certificate")),
    key: stringOf(valueAt(keys, "admin", "privateKey")),
    agent: false,
  });
  const ended = new Promise<void>((resolve) => {
    request.on("error", () => resolve());
    request.on("response", (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("error", () => resolve());
      response.on("data", (chunk: string) => {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        events.push(...lines.map((line) => objectOf(JSON.parse(line))));
        listeners.forEach((listener) => listener());
      });
      response.on("close", () => resolve());
    });
  });
  request.end();
  return { events, ended, stop: () => request.destroy(), until: (holds) => waitFor(events, listeners, holds) };
}

function waitFor(
  events: readonly JsonObject[],
  listeners: Set<() => void>,
  holds: (events: readonly JsonObject[]) => boolean,
): Promise<void> {
  if (holds(events)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the watch saw only ${JSON.stringify(events)}`)), 10_000);
    const listener = () => {
      if (!holds(events)) return;
      clearTimeout(timer);
      listeners.delete(listener);
      resolve();
    };
    listeners.add(listener);
  });
}

/** `TYPE name` of an event. */
export function eventText(event: JsonObject): string {
  return `${stringOf(event["type"])} ${stringOf(valueAt(event, "object", "metadata", "name"))}`;
}
