import { describe, expect, it } from "vitest";
import { parseSelector } from "./parser";

/** What is told of a text: the code, and what the caret points at in brackets. */
function told(text: string): readonly string[] {
  const result = parseSelector(text);
  if (result.ok) return ["nothing: it was accepted"];
  return result.error.map(({ code, span }) => `${code} [${text.slice(span?.start, span?.end)}]`);
}

function hints(text: string): string {
  const result = parseSelector(text);
  return result.ok ? "" : result.error.map(({ hint }) => hint).join("\n");
}

const TABLE: readonly { name: string; text: string; expected: readonly string[]; hint?: string }[] = [
  { name: "single =", text: "app = 'cart'", expected: ["half-operator [=]"], hint: "compare with ==" },
  { name: "single &", text: "has(a) & has(b)", expected: ["half-operator [&]"], hint: "write &&" },
  { name: "single |", text: "has(a) | has(b)", expected: ["half-operator [|]"], hint: "write ||" },
  { name: "three &", text: "has(a) &&& has(b)", expected: ["half-operator [&&&]"], hint: "write &&" },
  { name: "three =", text: "app === 'cart'", expected: ["unknown-operator [===]"] },
  { name: "pattern operator", text: "app =~ 'c.*'", expected: ["unknown-operator [=~]"], hint: "no patterns" },
  { name: "order operator", text: "app >= '3'", expected: ["unknown-operator [>=]"], hint: "without an order" },
  { name: "colon", text: "app: 'cart'", expected: ["unknown-operator [:]"], hint: "write ==" },
  { name: "unknown word operator", text: "app is 'cart'", expected: ["expected-operator [is]"], hint: "with ==" },
  {
    name: "camel case operator",
    text: "app startsWith 'c'",
    expected: ["expected-operator [startsWith]"],
    hint: "starts with",
  },
  { name: "upper case operator", text: "app IN {'c'}", expected: ["expected-operator [IN]"], hint: "lower case" },
  { name: "half of two words", text: "app starts 'c'", expected: ["expected-operator [starts]"], hint: "starts with" },
  { name: "missing operator", text: "app 'cart'", expected: ["expected-operator ['cart']"] },
  { name: "label alone", text: "app", expected: ["expected-operator []"], hint: "has(app)" },
  { name: "label alone in a group", text: "(app) && has(b)", expected: ["expected-operator [)]"] },
  { name: "unquoted value", text: "app == cart", expected: ["expected-string [cart]"], hint: "in quotes" },
  { name: "missing value", text: "app == && has(b)", expected: ["expected-string [&&]"] },
  {
    name: "unterminated string",
    text: "app == 'cart",
    expected: ["unterminated-string ['cart]"],
    hint: "close it with '",
  },
  {
    name: "string closed with the other quote",
    text: "app == 'cart\"",
    expected: ["unterminated-string ['cart\"]"],
    hint: "begins with '",
  },
  { name: "unterminated in a set in a group", text: "(app in {'cart", expected: ["unterminated-string ['cart]"] },
  {
    name: "typographic quotes",
    text: "app == “cart” && has(b",
    expected: ["wrong-quotes [“cart”]", "malformed-call [has(b]"],
    hint: "straight",
  },
  { name: "backticks", text: "app in {`a`, `b`}", expected: ["wrong-quotes [`a`]", "wrong-quotes [`b`]"] },
  { name: "in without braces", text: "app in 'a'", expected: ["expected-set ['a']"], hint: "braces" },
  {
    name: "in with parentheses",
    text: "app in ('a', 'b') && c = 'd'",
    expected: ["expected-set [(]", "half-operator [=]"],
  },
  {
    name: "in with brackets",
    text: "app in ['a']",
    expected: ["unexpected-character [[]", "unexpected-character []]"],
  },
  { name: "set without commas", text: "app in {'a' 'b'}", expected: ["expected-comma ['b']"] },
  { name: "set without quotes", text: "app in {a, b}", expected: ["expected-string [a]", "expected-string [b]"] },
  {
    name: "set of words",
    text: "app in {a b}",
    expected: ["expected-string [a]", "expected-comma [b]", "expected-string [b]"],
  },
  { name: "open set", text: "app in {'a'", expected: ["expected-brace [{]"] },
  {
    name: "set closed with a parenthesis",
    text: "app in {'a')",
    expected: ["expected-brace [)]", "unexpected-token [)]"],
  },
  { name: "leading comma", text: "app in {,'a'}", expected: ["expected-brace [,]"] },
  { name: "missing right operand", text: "has(a) &&", expected: ["expected-operation []"] },
  { name: "missing left operand", text: "|| has(a)", expected: ["expected-operation [||]"] },
  { name: "missing middle operand", text: "has(a) && && has(b)", expected: ["expected-operation [&&]"] },
  { name: "nothing negated", text: "!", expected: ["expected-operation []"] },
  { name: "empty group", text: "()", expected: ["expected-operation [)]"] },
  { name: "open group", text: "(app == 'a'", expected: ["expected-parenthesis [(]"] },
  {
    name: "stray parenthesis",
    text: "app == 'a') && b = 'c'",
    expected: ["unexpected-token [)]", "half-operator [=]"],
  },
  { name: "stray brace", text: "has(a) }", expected: ["unexpected-token [}]"] },
  { name: "stray string", text: "has(a) 'b' && c", expected: ["unexpected-token ['b']", "expected-operator []"] },
  {
    name: "missing &&",
    text: "has(a) has(b) c",
    expected: ["unexpected-token [has(b)]", "unexpected-token [c]", "expected-operator []"],
    hint: "join conditions",
  },
  { name: "comma for &&", text: "app == 'a', b == 'c'", expected: ["unexpected-token [,]"], hint: "join conditions" },
  {
    name: "word for &&",
    text: "app == 'a' and b == 'c' OR has(d)",
    expected: ["word-operator [and]", "word-operator [OR]"],
    hint: "&&",
  },
  { name: "word for !", text: "not app == 'a'", expected: ["word-operator [not]"], hint: "negate with !" },
  {
    name: "word for ! before a function",
    text: "not has(a) && b",
    expected: ["word-operator [not]", "expected-operator []"],
  },
  {
    name: "word for ! before a group",
    text: "not (a == 'b' && c)",
    expected: ["word-operator [not]", "expected-operator [)]"],
  },
  {
    name: "a value alone after ||",
    text: "app == 'a' || 'b'",
    expected: ["expected-label ['b']"],
    hint: "in {'a', 'b'}",
  },
  { name: "sides exchanged", text: "'cart' == app", expected: ["expected-label ['cart']"] },
  { name: "comparison of a function", text: "has(a) == 'b'", expected: ["unexpected-token [==]"] },
  {
    name: "quoted label in has",
    text: "has('app')",
    expected: ["malformed-call [has('app')]"],
    hint: "without quotes",
  },
  { name: "no label in has", text: "has()", expected: ["malformed-call [has()]"] },
  { name: "comparison in has", text: "has(app == 'x'", expected: ["malformed-call [has(app == 'x']"] },
  { name: "argument of all", text: "all(x) || has(b", expected: ["malformed-call [all(x)]", "malformed-call [has(b]"] },
  {
    name: "has with a space",
    text: "has (app) && b",
    expected: ["unknown-function [has]", "expected-operator []"],
    hint: "without a space",
  },
  { name: "unknown function", text: "exists(app)", expected: ["unknown-function [exists]"], hint: "has(label)" },
  {
    name: "illegal sign in a label name",
    text: "app$ == 'x' && größe == 'y'",
    expected: ["illegal-label [app$]", "illegal-label [größe]"],
    hint: "digits",
  },
  { name: "label name too long", text: `${"a".repeat(513)} == 'x'`, expected: [`label-too-long [${"a".repeat(513)}]`] },
  {
    name: "label name too long in has",
    text: `has(${"a".repeat(513)})`,
    expected: [`label-too-long [has(${"a".repeat(513)})]`],
  },
  { name: "line break", text: "app == 'a'\n&& b = 'c'", expected: ["line-break [\n]", "half-operator [=]"] },
  { name: "no-break space", text: "app\u00a0== 'a'", expected: ["odd-space [\u00a0]"], hint: "ordinary spaces" },
  { name: "junk", text: "has(a) && %", expected: ["unexpected-character [%]"] },
  {
    name: "everything at once",
    text: "a == b && c != d || has(x) && in {'y'}",
    expected: ["expected-string [b]", "expected-string [d]", "expected-operator [{]"],
  },
];

describe("what is told of a selector that does not parse", () => {
  it.each(TABLE)("$name", ({ text, expected, hint = "" }) => {
    expect(told(text)).toEqual(expected);
    expect(hints(text)).toContain(hint);
    const result = parseSelector(text);
    for (const d of result.ok ? [] : result.error) expect(d).toMatchObject({ severity: "error", path: [] });
  });

  it("names at most twenty mistakes and says that there are more", () => {
    const codes = told(Array.from({ length: 30 }, () => "a = 'b'").join(" && "));
    expect(codes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => "half-operator [=]"));
    expect(codes.slice(20)).toEqual(["more-errors [=]"]);
  });

  it("shows no more of the text than a line bears", () => {
    const result = parseSelector(`a == 'b' && ${"\u{1f600}".repeat(5_000)}`);
    for (const d of result.ok ? [] : result.error) expect(d.message.length).toBeLessThan(100);
  });
});

describe("what is close to a mistake and none", () => {
  it.each([
    { text: "a!=='b'", ok: false },
    { text: "a!='=b'", ok: true },
    { text: "a=='“b”'", ok: true },
    { text: "not == 'x' && in in {'y'} && contains contains 'z'", ok: true },
    { text: "and == 'x' || or == 'y'", ok: true },
    { text: "has == 'x' && all == 'y' && global == 'z'", ok: true },
    { text: "a in {'x',}", ok: true },
    { text: "a in {}", ok: true },
    { text: "a notin {'x'}", ok: true },
    { text: "a startswith'x'&&b endswith'y'", ok: true },
    { text: "a contains-x 'y'", ok: false },
    { text: "\ta\t==\t'b'\t", ok: true },
    { text: "has(\ta\t)", ok: true },
    { text: `has(${"a".repeat(512)}) && ${"b".repeat(512)} == ''`, ok: true },
    { text: "a == '\n'", ok: true },
  ])("$text", ({ text, ok }) => {
    expect(parseSelector(text).ok).toBe(ok);
  });
});
