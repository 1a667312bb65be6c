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
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    full = false;
    for (const each of waiting.splice(0)) each();
  };
  stream.on("error", (error: NodeJS.ErrnoException) => {
    open = false;
    wake();
    if (error.code !== "EPIPE") throw error;
  });
  stream.on("drain", wake);
  stream.on("close", wake);
  const isTerminal = stream.isTTY === true;
  return {
    write: (text) => {
      if (open) full = !stream.write(text);
    },
    drained: () =>
      open && full
        ? new Promise((resolve) => {
            waiting = [...waiting, resolve];
          })
        : Promise.resolve(),
    isTerminal,
    colour: colour && isTerminal,
  };
}
