import type { Field } from "./ast";
import type { FilterDiagnostic, Span } from "./diagnostic";
import type { FilterTable } from "./fields";
import { tokensOf, type Token } from "./lexer";
import { limits } from "./limits";

/** What may be written where the text ends, as the grammar has it. */
export type Expectation =
  | { readonly kind: "condition" }
  | { readonly kind: "optional-field" }
  | { readonly kind: "operator"; readonly field: Field }
  | { readonly kind: "in" }
  | { readonly kind: "list" }
  | { readonly kind: "value"; readonly field: Field; readonly inList: boolean }
  | { readonly kind: "pattern"; readonly field: Field }
  | { readonly kind: "more-values" }
  | { readonly kind: "joint"; readonly open: boolean };

/** The tokens of a text with a place among them, and what was found wrong on the way. */
export interface Reader {
  readonly answeredBy: FilterTable;
  readonly problems: readonly FilterDiagnostic[];
  readonly expected: readonly Expectation[];
  /** The empty span after the text. */
  readonly end: Span;
  readonly peek: () => Token | undefined;
  readonly take: () => Token | undefined;
  /** Takes the next token if it is this sign. */
  readonly takeSign: (kind: Token["kind"]) => Token | undefined;
  /** Takes the next token if it is this word, in any case. */
  readonly takeWord: (word: string) => Token | undefined;
  /** Goes on to where `and`, `or` or the end of this group stands. */
  readonly skipToJoint: () => void;
  /** Notes what the grammar wants here; it counts if the text ends here. */
  readonly expects: (expectation: Expectation) => void;
  readonly problem: (problem: FilterDiagnostic) => undefined;
  /** Reads something that lies in `not` or in a group, unless it lies too deep. */
  readonly nested: <T>(opened: Token, read: () => T) => T | undefined;
  readonly isInGroup: () => boolean;
  /** Counts a condition; false where there are too many. */
  readonly countTerm: () => boolean;
}

const isWord = (token: Token | undefined, word: string) => token?.kind === "word" && token.text.toLowerCase() === word;

/** Whether a token joins conditions. */
export const isJoint = (token: Token | undefined): boolean => isWord(token, "and") || isWord(token, "or");

/** Begins to read a text. */
export function readerOf(text: string, answeredBy: FilterTable): Reader {
  const tokens = tokensOf(text);
  const end: Span = { from: text.length, to: text.length };
  const problems: FilterDiagnostic[] = [];
  const expected: Expectation[] = [];
  const at = { token: 0, depth: 0, groups: 0, terms: 0, isGivenUp: false, isShort: false };
  const peek = () => tokens[at.token];
  const takeIf = (fits: (token: Token | undefined) => boolean) => (fits(peek()) ? tokens[at.token++] : undefined);
  const problem = (each: FilterDiagnostic) => {
    if (!at.isGivenUp) problems.push(each);
    at.isShort ||= each.span.from >= text.length;
    return undefined;
  };
  const giveUp = (each: FilterDiagnostic) => {
    problem(each);
    at.isGivenUp = true;
    at.token = tokens.length;
  };
  return {
    answeredBy,
    problems,
    expected,
    end,
    peek,
    take: () => tokens[at.token++],
    takeSign: (kind) => takeIf((token) => token?.kind === kind),
    takeWord: (word) => takeIf((token) => isWord(token, word)),
    skipToJoint: () => {
      for (let open = 0; peek() !== undefined; at.token++) {
        if (open === 0 && (isJoint(peek()) || peek()?.kind === ")")) return;
        open += peek()?.kind === "(" ? 1 : peek()?.kind === ")" ? -1 : 0;
      }
    },
    expects: (expectation) => {
      // After what is missing at the end, nothing else can be written there.
      if (peek() === undefined && !at.isGivenUp && !at.isShort) expected.push(expectation);
    },
    problem,
    nested: (opened, read) => {
      if (at.depth === limits.nesting) {
        giveUp(tooLarge(opened, `\`not\` and \`(\` lie more than ${limits.nesting} deep in each other`));
        return undefined;
      }
      at.depth += 1;
      at.groups += opened.kind === "(" ? 1 : 0;
      const value = read();
      at.groups -= opened.kind === "(" ? 1 : 0;
      at.depth -= 1;
      return value;
    },
    isInGroup: () => at.groups > 0,
    countTerm: () => {
      if (at.terms++ < limits.conditions) return true;
      giveUp(tooLarge(peek() ?? end, `there are more than ${limits.conditions} conditions`));
      return false;
    },
  };
}

const tooLarge = ({ from, to }: Span, message: string): FilterDiagnostic => ({
  code: "too-large",
  span: { from, to },
  message,
  hint: "a list takes many values: `… in (…, …)`",
});
