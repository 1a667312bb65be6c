/** Cuts pieces of UTF-8 into lines; holds no more than the line that is not at its end. */
export interface LineCutter {
  readonly push: (piece: Uint8Array) => void;
  readonly finish: () => void;
}

/** The longest line that is read, in UTF-16 code units; what is longer is handed on in parts, which are no JSON. */
export const LONGEST_LINE = 1 << 24;

/** Makes a cutter that hands on each line with its number, from 1; empty lines are left out. */
export function createLineCutter(take: (line: string, number: number) => void): LineCutter {
  const decoder = new TextDecoder();
  let [rest, number] = ["", 0];
  const hand = (line: string) => {
    number += 1;
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (text !== "") take(text, number);
  };
  return {
    push: (piece) => {
      const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) hand(line);
      if (rest.length > LONGEST_LINE) {
        hand(rest);
        rest = "";
      }
    },
    finish: () => {
      rest += decoder.decode();
      if (rest !== "") hand(rest);
    },
  };
}
