import type { Span } from "./diagnostic";

const signs = ["=", "!=", "<", "<=", ">", ">=", "~", "!~", "(", ")", ","] as const;
type Sign = (typeof signs)[number];

/** A piece of the text. `text` is a value without its quotes; `raw` is what stands between them, escapes included. */
export interface Token extends Span {
  readonly kind: "word" | "quoted" | Sign | "unclosed" | "bad";
  readonly text: string;
  readonly raw: string;
}

// word   = one or more of letters of any script, digits, and _ . - * / : + @
// quoted = '"' (any but '"' and '\' | '\' any)* '"'
// sign   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~" | "(" | ")" | ","
const pattern =
  /(?<space>\s+)|(?<word>[\p{L}\p{N}_.\-*/:+@]+)|"(?<quoted>(?:[^"\\]|\\.)*)(?<close>"?)|(?<sign>[!<>]=|!~|[=<>~(),])|(?<bad>.)/gsu;

const isSign = (text: string): text is Sign => signs.some((sign) => sign === text);

/** Cuts a filter's text into tokens; nothing but space is left out. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const { space, word, quoted, close, sign, bad } = match.groups ?? {};
    if (space !== undefined) continue;
    const span = { from: match.index, to: match.index + match[0].length };
    if (quoted !== undefined) {
      const kind = close === '"' ? "quoted" : "unclosed";
      tokens.push({ ...span, kind, text: quoted.replace(/\\(.)/gsu, "$1"), raw: quoted });
    } else if (sign !== undefined && isSign(sign)) tokens.push({ ...span, kind: sign, text: sign, raw: sign });
    else {
      const raw = word ?? bad ?? "";
      tokens.push({ ...span, kind: word === undefined ? "bad" : "word", text: raw, raw });
    }
  }
  return tokens;
}

/** Whether a value can stand without quotes. */
export const isPlainWord = (text: string): boolean => /^[\p{L}\p{N}_.\-*/:+@]+$/u.test(text);
