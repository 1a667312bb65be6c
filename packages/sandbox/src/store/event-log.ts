import type { ResourceName, StoreEvent } from "./types";

interface Window {
  readonly events: StoreEvent[];
  droppedThrough: number;
}

/** The last events of each resource, from which an interrupted watch resumes. */
export class EventLog {
  readonly #windows = new Map<ResourceName, Window>();
  readonly #limit: number;
  readonly #startedAt: number;

  /** Keeps at most `limit` events a resource; nothing before version `startedAt` is known. */
  constructor(limit: number, startedAt: number) {
    this.#limit = limit;
    this.#startedAt = startedAt;
  }

  append(event: StoreEvent): void {
    const window = this.#window(event.resource);
    window.events.push(event);
    if (window.events.length <= this.#limit * 2) return;
    const dropped = window.events.splice(0, window.events.length - this.#limit);
    window.droppedThrough = dropped.at(-1)?.resourceVersion ?? window.droppedThrough;
  }

  /** The events after `version`, or `expired` where some of them are no longer kept. */
  since(resource: ResourceName, version: number): readonly StoreEvent[] | "expired" {
    const window = this.#window(resource);
    if (version < window.droppedThrough) return "expired";
    const first = window.events.findIndex((event) => event.resourceVersion > version);
    return first < 0 ? [] : window.events.slice(first);
  }

  #window(resource: ResourceName): Window {
    const known = this.#windows.get(resource);
    if (known) return known;
    const window = { events: [], droppedThrough: this.#startedAt };
    this.#windows.set(resource, window);
    return window;
  }
}
