import { describe, expect, it } from "vitest";
import { readCorpus } from "../testing/corpora";
import { compileSelector, labelMap } from "./evaluate";
import { tokenize } from "./lexer";
import { parseSelector } from "./parser";
import { printSelector } from "./printer";
import { labelRestrictions } from "./restrictions";
import { prefixLabels } from "./rewrite";
import type { TokenKind } from "./token";
import { selectorUniqueId } from "./unique-id";

interface Corpus {
  readonly match: readonly { sel: string; labels: Record<string, string>; want: boolean }[];
  readonly bad: readonly string[];
  readonly canonical: readonly { input: string; expected: string; expectedUid: string }[];
  readonly labelRestrictions: readonly { sel: string; res: Record<string, Partial<Restriction>> | null }[];
  readonly prefixVisitor: readonly { desc: string; in: string; prefix: string; out: string }[];
  readonly tokens: readonly { input: string; expected: readonly { kind: string; value?: string }[] | null }[];
}

interface Restriction {
  readonly mustBePresent: boolean;
  readonly mustBeAbsent: boolean;
  readonly mustHaveOneOfValues: readonly string[];
}

const TOKEN_KINDS: Readonly<Record<string, TokenKind>> = {
  TokLabel: "label",
  TokStringLiteral: "string",
  TokLBrace: "{",
  TokRBrace: "}",
  TokComma: ",",
  TokEq: "==",
  TokNe: "!=",
  TokIn: "in",
  TokNot: "!",
  TokNotIn: "not in",
  TokContains: "contains",
  TokStartsWith: "starts with",
  TokEndsWith: "ends with",
  TokAll: "all",
  TokHas: "has",
  TokLParen: "(",
  TokRParen: ")",
  TokAnd: "&&",
  TokOr: "||",
  TokGlobal: "global",
  TokEOF: "end",
};

const corpus = readCorpus("calico-selectors.json") as Corpus | undefined;
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…(${text.length})` : text);

function parsed(text: string) {
  const result = parseSelector(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.map((d) => d.message).join("; ")}`);
  return result.value;
}

describe.skipIf(!corpus)("Calico's selector tests", () => {
  describe("match", () => {
    it.each(corpus?.match ?? [])("$sel on $labels is $want", ({ sel, labels, want }) => {
      expect(compileSelector(parsed(sel))(labelMap(labels))).toBe(want);
    });
  });

  describe("bad", () => {
    it.each((corpus?.bad ?? []).map((text) => ({ text })))("rejects $text", ({ text }) => {
      const result = parseSelector(text);
      expect(result.ok).toBe(false);
      for (const d of result.ok ? [] : result.error) {
        expect(d.span?.start).toBeLessThanOrEqual(text.length);
        expect(d.hint).not.toBe("");
      }
    });
  });

  describe("canonical", () => {
    it.each(corpus?.canonical ?? [])("$input", ({ input, expected, expectedUid }) => {
      const node = parsed(input);
      expect(printSelector(node)).toBe(expected);
      expect(expectedUid === "" ? "" : selectorUniqueId(node)).toBe(expectedUid);
    });
  });

  describe("label restrictions", () => {
    it.each(corpus?.labelRestrictions ?? [])("$sel", ({ sel, res }) => {
      const found = Object.fromEntries(
        [...labelRestrictions(parsed(sel))].map(([label, r]) => [
          label,
          {
            ...(r.mustBePresent && { mustBePresent: true }),
            ...(r.mustBeAbsent && { mustBeAbsent: true }),
            ...(r.mustHaveOneOfValues && { mustHaveOneOfValues: r.mustHaveOneOfValues }),
          },
        ]),
      );
      expect(found).toEqual(res ?? {});
    });
  });

  describe("prefix visitor", () => {
    it.each(corpus?.prefixVisitor ?? [])("$desc", (row) => {
      expect(printSelector(prefixLabels(parsed(row.in), row.prefix))).toBe(row.out);
    });
  });

  describe("tokens", () => {
    const rows = (corpus?.tokens ?? []).map((row) => ({ ...row, name: short(row.input) }));
    it.each(rows.filter(({ expected }) => expected === null))("refuses $name", ({ input }) => {
      expect(tokenize(input).diagnostics.length).toBeGreaterThan(0);
    });
    it.each(rows.filter(({ expected }) => expected !== null))("reads $name", ({ input, expected }) => {
      const { tokens, diagnostics } = tokenize(input);
      expect(diagnostics).toEqual([]);
      expect(tokens.map(({ kind, value }) => ({ kind, value }))).toEqual(
        expected?.map(({ kind, value }) => ({ kind: TOKEN_KINDS[kind], value: value ?? "" })),
      );
    });
  });
});
