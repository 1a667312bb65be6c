import type { Span } from "./ast";

/** A piece of the text. `text` is a value without its quotes. */
export interface Token extends Span {
  readonly kind: "word" | "quoted" | "=" | "(" | ")" | "," | "unclosed" | "bad";
  readonly text: string;
}

// word   = one or more of letters of any script, digits, and _ . - * / : + @
// quoted = '"' (any but '"' and '\' | '\' any)* '"'
const pattern =
  /(?<space>\s+)|(?<word>[\p{L}\p{N}_.\-*/:+@]+)|"(?<quoted>(?:[^"\\]|\\.)*)(?<close>"?)|(?<sign>[=(),])|(?<bad>.)/gsu;

/** Cuts a filter's text into tokens; nothing but space is left out. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const groups = match.groups ?? {};
    const span = { from: match.index, to: match.index + match[0].length };
    const { word, quoted, close, sign, bad } = groups;
    if (word !== undefined) tokens.push({ ...span, kind: "word", text: word });
    else if (quoted !== undefined) {
      tokens.push({ ...span, kind: close === '"' ? "quoted" : "unclosed", text: quoted.replace(/\\(.)/gs, "$1") });
    } else if (sign === "=" || sign === "(" || sign === ")" || sign === ",")
      tokens.push({ ...span, kind: sign, text: sign });
    else if (bad !== undefined) tokens.push({ ...span, kind: "bad", text: bad });
  }
  return tokens;
}
