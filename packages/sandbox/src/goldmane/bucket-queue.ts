import type { Bucket } from "./bucket-ring";

/** Buckets on their way to one stream. A reader that lets `limit` of them pile up is cut off. */
export interface BucketQueue {
  push(bucket: Bucket): void;
  /** Ends the queue after what is in it. */
  end(): void;
  /** Buckets as they come; throws `SlowReader` once the limit was passed. */
  [Symbol.asyncIterator](): AsyncIterator<Bucket>;
}

/** A reader did not keep up. */
export class SlowReader extends Error {
  override readonly name = "SlowReader";
}

/** Makes a queue that holds at most `limit` buckets beside those of `history`. */
export function createBucketQueue(history: readonly Bucket[], limit: number): BucketQueue {
  const waiting = [...history];
  const bound = limit + history.length;
  let state: "open" | "ended" | "overrun" = "open";
  let wake: () => void = () => undefined;
  const iterate = async function* (): AsyncGenerator<Bucket> {
    for (;;) {
      if (state === "overrun") throw new SlowReader(`more than ${bound} buckets were waiting`);
      const bucket = waiting.shift();
      if (bucket !== undefined) yield bucket;
      else if (state === "ended") return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  return {
    push: (bucket) => {
      if (state !== "open") return;
      if (waiting.length >= bound) {
        state = "overrun";
        waiting.length = 0;
      } else waiting.push(bucket);
      wake();
    },
    end: () => {
      if (state === "open") state = "ended";
      wake();
    },
    [Symbol.asyncIterator]: iterate,
  };
}
