import type { Sink } from "../io";

const CODES = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33", cyan: "36" } as const;

/** Colours text where its sink shows colours. */
export type Paint = (style: keyof typeof CODES, text: string) => string;

/** The brush for a sink; without colour the text stays as it is. */
export const paintFor = ({ colour }: Pick<Sink, "colour">): Paint =>
  colour ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_style, text) => text;

/**
 * Text from a file made safe to show: control characters, which could move a terminal's cursor or hide text, and
 * directional overrides become visible symbols. One character stays one character, so that columns hold.
 */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (character) => (character === "\t" ? " " : "\ufffd"));
}
