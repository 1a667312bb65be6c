import type { ServerResponse } from "node:http";
import { isObject, type JsonObject } from "../json";
import { wireText } from "../store/wire-text";
import type { KubeObject } from "../store/types";
import type { WatchSink } from "./watch";

/** A reader that lets more than this pile up is cut off; it resumes or lists anew. */
const bufferLimit = 8 * 1024 * 1024;
/** Changes that come closer together than this go out in one piece. */
const gatherMs = 20;
/** Where a round of writing takes long, this many times as long is gathered until the next one. */
const roundsApart = 4;
const longestGatherMs = 250;

/** What is handed to a connection at a time. */
const pieceBytes = 64 * 1024;

/** An event, as references to what is written once for each version of an object. */
interface Frame {
  readonly head: Buffer;
  readonly text: Buffer;
}

/** Frames that go out together, and the one piece of memory that all who wait for them share. */
interface Bundle {
  readonly frames: readonly Frame[];
  readonly bytes: number;
  piece?: Buffer;
}

interface Stream {
  readonly response: ServerResponse;
  /** What has come since the last round. */
  frames: Frame[];
  readonly bundles: Bundle[];
  waitingBytes: number;
  /** Whether its connection has not taken yet what it was handed. */
  busy: boolean;
}

/**
 * Writes the watches of one server in rounds. A change is written as JSON once for all watchers; those that wait for
 * the same frames share one piece of memory, however slow they are, and a quiet watcher gets its frame at the end of the
 * turn. A round costs a system call and an encryption for each watcher: the longer it takes, the more the next one
 * gathers, so that writing leaves time for what is to be written.
 * INVARIANT: a connection gets the next piece when it has taken the last one. TLS copies what it is given, so that two
 * hundred slow readers would otherwise hold two hundred copies of the same events.
 */
export class WatchStreams {
  readonly #waiting = new Set<Stream>();
  #nextRoundAtMs = 0;
  #scheduled = false;

  /** The sink of one watch. */
  sink(response: ServerResponse): WatchSink {
    const stream: Stream = { response, frames: [], bundles: [], waitingBytes: 0, busy: false };
    let allowance = 0;
    response.on("drain", () => {
      stream.busy = false;
      handNext(stream);
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
        stream.bundles.push(...bundled(stream.frames));
        stream.frames = [];
        if (!stream.busy && !response.destroyed) for (const bundle of stream.bundles) response.write(pieceOf(bundle));
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
    const bytes = bytesOf(frame);
    stream.frames.push(frame);
    stream.waitingBytes += bytes;
    this.#waiting.add(stream);
    this.#schedule();
    return bytes;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const waitMs = this.#nextRoundAtMs - performance.now();
    if (waitMs <= 0) setImmediate(() => this.#round());
    else setTimeout(() => this.#round(), waitMs);
  }

  #round(): void {
    this.#scheduled = false;
    const beganAtMs = performance.now();
    let last: { readonly frames: readonly Frame[]; readonly bundles: readonly Bundle[] } | undefined;
    for (const stream of this.#waiting) {
      const { frames } = stream;
      if (stream.response.writableEnded || stream.response.destroyed) continue;
      if (last === undefined || !same(last.frames, frames)) last = { frames, bundles: bundled(frames) };
      stream.frames = [];
      stream.bundles.push(...last.bundles);
      handNext(stream);
    }
    this.#waiting.clear();
    const endedAtMs = performance.now();
    const pauseMs = Math.min(longestGatherMs, Math.max(gatherMs, (endedAtMs - beganAtMs) * roundsApart));
    this.#nextRoundAtMs = endedAtMs + pauseMs;
  }
}

/** Hands a connection pieces until it is busy; it goes on when it has taken them. */
function handNext(stream: Stream): void {
  while (!stream.busy) {
    const bundle = stream.bundles.shift();
    if (bundle === undefined) return;
    stream.waitingBytes -= bundle.bytes;
    stream.busy = !stream.response.write(pieceOf(bundle));
  }
}

/** Cuts frames into bundles that make one piece each. */
function bundled(frames: readonly Frame[]): readonly Bundle[] {
  const bundles: Bundle[] = [];
  let [from, bytes] = [0, 0];
  for (const [at, frame] of frames.entries()) {
    bytes += bytesOf(frame);
    if (bytes < pieceBytes && at < frames.length - 1) continue;
    bundles.push({ frames: frames.slice(from, at + 1), bytes });
    [from, bytes] = [at + 1, 0];
  }
  return bundles;
}

function pieceOf(bundle: Bundle): Buffer {
  bundle.piece ??= Buffer.concat(bundle.frames.flatMap(({ head, text }) => [head, text, lineEnd]));
  return bundle.piece;
}

const same = (a: readonly Frame[], b: readonly Frame[]): boolean =>
  a.length === b.length && a.every(({ head, text }, at) => head === b[at]?.head && text === b[at].text);

const heads = new Map<string, Buffer>();
const lineEnd = Buffer.from("}\n");

const bytesOf = ({ head, text }: Frame): number => head.length + text.length + lineEnd.length;

function frameOf({ type, object }: JsonObject): Frame {
  if (!isObject(object)) throw new TypeError("a watch event has an object");
  const before = `{"type":${JSON.stringify(type)},"object":`;
  const head = heads.get(before) ?? Buffer.from(before);
  heads.set(before, head);
  return { head, text: wireText(object as unknown as KubeObject) };
}
