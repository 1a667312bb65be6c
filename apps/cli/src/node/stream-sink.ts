import type { Writable } from "node:stream";
import type { Sink } from "../io";

/** A stream of this process that may be a terminal. */
type Stream = Writable & { readonly isTTY?: boolean };

/**
 * A stream of this process as a sink. A reader that went away (`isthmus … | head`) ends the writing and nothing else:
 * what the command found out is still its exit code.
 */
export function streamSink(stream: Stream, colour: boolean): Sink {
  let open = true;
  let full = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    open = false;
    if (error.code !== "EPIPE") throw error;
  });
  const isTerminal = stream.isTTY === true;
  return {
    write: (text) => {
      if (open) full = !stream.write(text);
    },
    drained: async () => {
      if (!open || !full) return;
      await new Promise<void>((resolve) => {
        stream.once("drain", resolve).once("close", resolve);
      });
      full = false;
    },
    isTerminal,
    colour: colour && isTerminal,
  };
}
