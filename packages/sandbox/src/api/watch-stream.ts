import type { ServerResponse } from "node:http";
import { isObject, type JsonObject } from "../json";
import { wireText } from "../store/wire-text";
import type { KubeObject } from "../store/types";
import type { WatchSink } from "./watch";

/** A reader that lets more than this pile up is cut off; it resumes or lists anew. */
const bufferLimit = 8 * 1024 * 1024;
/** Changes that come closer together than this go out in one piece. */
const gatherMs = 20;

interface Stream {
  readonly response: ServerResponse;
  readonly frames: Buffer[];
}

/**
 * Writes the watches of one server. A change is written as JSON once for all watchers; those that wait for the same
 * frames share one piece of memory, and a quiet watcher gets its frame at the end of the turn.
 */
export class WatchStreams {
  readonly #waiting = new Set<Stream>();
  #flushedAtMs = 0;
  #scheduled = false;

  /** The sink of one watch. */
  sink(response: ServerResponse): WatchSink {
    const stream: Stream = { response, frames: [] };
    let waitingBytes = 0;
    let allowance = 0;
    const put = (event: JsonObject): number => {
      const frame = frameOf(event);
      if (stream.frames.length === 0) waitingBytes = 0;
      stream.frames.push(frame);
      waitingBytes += frame.length;
      this.#waiting.add(stream);
      this.#schedule();
      return frame.length;
    };
    return {
      present: (event) => {
        allowance += put(event);
      },
      send: (event) => {
        if (response.writableEnded || response.destroyed) return false;
        put(event);
        const piled = waitingBytes + response.writableLength;
        if (piled < bufferLimit) allowance = 0;
        return piled < bufferLimit + allowance;
      },
      end: () => {
        this.#waiting.delete(stream);
        if (stream.frames.length > 0 && !response.destroyed) response.write(Buffer.concat(stream.frames));
        response.end();
      },
      onClose: (listener) => {
        response.once("close", () => {
          this.#waiting.delete(stream);
          listener();
        });
      },
    };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const waitMs = this.#flushedAtMs + gatherMs - performance.now();
    if (waitMs <= 0) setImmediate(() => this.#flush());
    else setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    this.#scheduled = false;
    this.#flushedAtMs = performance.now();
    let last: { readonly frames: readonly Buffer[]; readonly piece: Buffer } | undefined;
    for (const { response, frames } of this.#waiting) {
      const taken = frames.splice(0);
      if (response.writableEnded || response.destroyed) continue;
      if (last === undefined || !same(last.frames, taken)) last = { frames: taken, piece: Buffer.concat(taken) };
      response.write(last.piece);
    }
    this.#waiting.clear();
  }
}

const same = (a: readonly Buffer[], b: readonly Buffer[]): boolean =>
  a.length === b.length && a.every((frame, index) => frame === b[index]);

const frames = new WeakMap<object, Map<unknown, Buffer>>();

/** An event as one line; the same type of the same object is the same piece of memory. */
function frameOf({ type, object }: JsonObject): Buffer {
  if (!isObject(object)) throw new TypeError("a watch event has an object");
  const known = frames.get(object) ?? new Map<unknown, Buffer>();
  frames.set(object, known);
  const made =
    known.get(type) ??
    Buffer.concat([
      Buffer.from(`{"type":${JSON.stringify(type)},"object":`),
      wireText(object as unknown as KubeObject),
      lineEnd,
    ]);
  known.set(type, made);
  return made;
}

const lineEnd = Buffer.from("}\n");
