import type { ServerResponse } from "node:http";
import { isObject, type JsonObject } from "../json";
import { wireText } from "../store/wire-text";
import type { KubeObject } from "../store/types";
import type { WatchSink } from "./watch";

/** A reader that lets more than this pile up is cut off; it resumes or lists anew. */
const bufferLimit = 8 * 1024 * 1024;
/** Changes that come closer together than this go out in one piece. */
const gatherMs = 20;

/** What is handed to a connection at a time. */
const pieceBytes = 256 * 1024;

interface Stream {
  readonly response: ServerResponse;
  readonly frames: Buffer[];
  waitingBytes: number;
  /** Whether its connection has not taken yet what it was handed. */
  busy: boolean;
}

/**
 * Writes the watches of one server. A change is written as JSON once for all watchers; those that wait for the same
 * frames share one piece of memory, and a quiet watcher gets its frame at the end of the turn.
 * INVARIANT: a connection gets the next piece when it has taken the last one. TLS copies what it is given, so that two
 * hundred slow readers would otherwise hold two hundred copies of the same events.
 */
export class WatchStreams {
  readonly #waiting = new Set<Stream>();
  #flushedAtMs = 0;
  #scheduled = false;

  /** The sink of one watch. */
  sink(response: ServerResponse): WatchSink {
    const stream: Stream = { response, frames: [], waitingBytes: 0, busy: false };
    let allowance = 0;
    response.on("drain", () => {
      stream.busy = false;
      if (stream.frames.length > 0) hand(stream, taken(stream));
    });
    return {
      present: (event) => {
        allowance += this.#put(stream, event);
      },
      send: (event) => {
        if (response.writableEnded || response.destroyed) return false;
        this.#put(stream, event);
        const piled = stream.waitingBytes + response.writableLength;
        if (piled < bufferLimit) allowance = 0;
        return piled < bufferLimit + allowance;
      },
      end: () => {
        this.#waiting.delete(stream);
        if (!stream.busy && !response.destroyed) response.write(Buffer.concat(stream.frames));
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

  #put(stream: Stream, event: JsonObject): number {
    const frame = frameOf(event);
    stream.frames.push(frame);
    stream.waitingBytes += frame.length;
    this.#waiting.add(stream);
    this.#schedule();
    return frame.length;
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
    for (const stream of this.#waiting) {
      if (stream.busy || stream.response.writableEnded || stream.response.destroyed) continue;
      const frames = taken(stream);
      if (last === undefined || !same(last.frames, frames)) last = { frames, piece: Buffer.concat(frames) };
      hand(stream, frames, last.piece);
    }
    this.#waiting.clear();
  }
}

/** Takes frames that make one piece. */
function taken(stream: Stream): readonly Buffer[] {
  let bytes = 0;
  const end = stream.frames.findIndex((frame) => (bytes += frame.length) >= pieceBytes);
  const frames = stream.frames.splice(0, end < 0 ? stream.frames.length : end + 1);
  stream.waitingBytes -= bytes;
  return frames;
}

/** Hands a connection a piece; it goes on with what is left once this one has been taken. */
function hand(stream: Stream, frames: readonly Buffer[], piece: Buffer = Buffer.concat(frames)): void {
  stream.busy = !stream.response.write(piece);
  if (!stream.busy && stream.frames.length > 0) hand(stream, taken(stream));
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
