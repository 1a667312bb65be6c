import type { Sink } from "../io";

/** Tells a person at a terminal what takes long; says nothing anywhere else. */
export interface Progress {
  /** What is being done, and how much of it is done already. */
  readonly step: (doing: string, part?: { readonly done: number; readonly of: number }) => void;
  /** Wipes the line, before anything else is written. */
  readonly end: () => void;
}

const CLEAR = "\r\u001b[2K";

/** Parts are shown in steps of whole per cents: a line for each of 10,000 files would be slower than reading them. */
const percent = ({ done, of }: { readonly done: number; readonly of: number }): number =>
  of === 0 ? 100 : Math.floor((done * 100) / of);

/** Progress on a sink where that is a terminal: one line that is written over. */
export function progressOn(sink: Sink): Progress {
  if (!sink.isTerminal) return { step: () => undefined, end: () => undefined };
  let shown = "";
  return {
    step: (doing, part) => {
      const line = part === undefined ? `${doing} …` : `${doing} … ${percent(part)} %`;
      if (line !== shown) sink.write(CLEAR + line);
      shown = line;
    },
    end: () => {
      if (shown !== "") sink.write(CLEAR);
      shown = "";
    },
  };
}
