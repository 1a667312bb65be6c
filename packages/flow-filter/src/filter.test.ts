import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { everything, parseFilter, printFilter, tokensOf, type Filter } from "./index";
import { limits } from "./limits";
import { filters } from "./testing/filters";

const parsed = (text: string): Filter => {
  const result = parseFilter(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.map(({ message }) => message).join()}`);
  return result.value;
};

const pieces = [
  "and",
  "or",
  "not",
  "in",
  "has",
  "(",
  ")",
  ",",
  "=",
  "!=",
  "~",
  '"',
  "\\",
  "1MB",
  "port",
  "action",
  " ",
];

describe("a filter", () => {
  it("is parsed from what it prints, and prints what it is parsed from", () => {
    fc.assert(
      fc.property(filters(), (filter) => {
        const text = printFilter(filter);
        expect(parseFilter(text)).toEqual({ ok: true, value: filter });
        expect(printFilter(parsed(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it("never throws, marks only what is there, and prints in one form what it takes", () => {
    const mutated = fc
      .tuple(filters(), fc.nat(), fc.nat({ max: 6 }), fc.constantFrom(...pieces))
      .map(([filter, at, length, piece]) => {
        const text = printFilter(filter);
        const from = at % (text.length + 1);
        return text.slice(0, from) + piece + text.slice(from + length);
      });
    const mixed = fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((each) => each.join(" "));
    fc.assert(
      fc.property(fc.oneof(mutated, mixed, fc.string()), (text) => {
        const result = parseFilter(text);
        const problems = result.ok ? [] : result.error;
        const canonical = result.ok ? printFilter(result.value) : "";
        expect(parseFilter(canonical)).toEqual(result.ok ? result : { ok: true, value: everything });
        expect(printFilter(parsed(canonical))).toBe(canonical);
        expect(result.ok || problems.length > 0).toBe(true);
        for (const { span } of problems) {
          expect(span.from).toBeGreaterThanOrEqual(0);
          expect(span.to).toBeLessThanOrEqual(text.length);
          expect(span.from).toBeLessThanOrEqual(span.to);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("loses no character but space", () => {
    const spaceless = (text: string) => text.replace(/\s/gu, "");
    fc.assert(
      fc.property(fc.string(), (text) => {
        const pieces = tokensOf(text).map(({ from, to }) => text.slice(from, to));
        expect(spaceless(pieces.join(""))).toBe(spaceless(text));
      }),
    );
  });

  const rows = [
    { text: "action = deny", printed: "action = deny" },
    { text: "  action=deny  AND port=443", printed: "action = deny and port = 443" },
    { text: "port in (443, 0080,443)", printed: "port in (443, 80)" },
    { text: "port in (443)", printed: "port = 443" },
    { text: "port not in (443)", printed: "port != 443" },
    { text: "port = 8000-8999", printed: "port in 8000-8999" },
    { text: "port in (80, 443, 8000-8999)", printed: "port in (80, 443, 8000-8999)" },
    { text: 'workload = "cart" and text = "a b"', printed: 'workload = cart and text = "a b"' },
    { text: "workload = and and service in (in, and)", printed: "workload = and and service in (in, and)" },
    { text: "   ", printed: "" },
    { text: "(action = deny)", printed: "action = deny" },
    {
      text: "(port = 1 and port = 2) and (port = 3 or port = 4)",
      printed: "port = 1 and port = 2 and (port = 3 or port = 4)",
    },
    { text: "port = 1 or port = 2 and port = 3", printed: "port = 1 or port = 2 and port = 3" },
    { text: "NOT (not port = 1)", printed: "not not port = 1" },
    { text: "not (port = 1 or port = 2)", printed: "not (port = 1 or port = 2)" },
    { text: "bytes>1000000 and bytes.in <= 1.5kb", printed: "bytes > 1MB and bytes.in <= 1500" },
    { text: "bytes >= 1024kib", printed: "bytes >= 1MiB" },
    { text: "packets < 0010", printed: "packets < 10" },
    { text: 'policy ~ "pci.*"', printed: 'policy ~ "pci.*"' },
    { text: "policy ~ pci.*", printed: 'policy ~ "pci.*"' },
    { text: String.raw`policy !~ "\d\"\\"`, printed: String.raw`policy !~ "\d\"\\"` },
    {
      text: 'dest.label."app.kubernetes.io/name" in (a, "b c")',
      printed: 'dest.label.app.kubernetes.io/name in (a, "b c")',
    },
    { text: 'source.label.app = ""', printed: 'source.label.app = ""' },
    { text: "not has source.label.app", printed: "not has source.label.app" },
    { text: "dest.address in 10.1.2.3/8", printed: "dest.address in 10.0.0.0/8" },
    { text: "dest.address = 10.0.0.1/32", printed: "dest.address = 10.0.0.1" },
    { text: "dest.address != FD00:0:0::1:0:0:0", printed: "dest.address != fd00::1:0:0:0" },
    {
      text: "source.address not in (fd00::/8, ::ffff:10.0.0.1)",
      printed: "source.address not in (fd00::/8, ::ffff:a00:1)",
    },
    {
      text: 'action = deny and dest.namespace in (cart, checkout) and bytes > 1MB and policy ~ "pci.*"',
      printed: 'action = deny and dest.namespace in (cart, checkout) and bytes > 1MB and policy ~ "pci.*"',
    },
  ];
  it.each(rows)("prints $text in its one form", ({ text, printed }) => expect(printFilter(parsed(text))).toBe(printed));

  const wrong = [
    { name: "a field that is not one", text: "act = deny", code: "unknown-field", marked: "act" },
    { name: "a family without a key", text: "source.label = a", code: "missing-value", marked: "" },
    {
      name: "what is no key of a label",
      text: 'source.label."a b" = c',
      code: "unknown-field",
      marked: 'source.label."a b"',
    },
    { name: "a verdict that is not one", text: "action = denied", code: "unknown-value", marked: "denied" },
    { name: "a port that is not one", text: "port = 99999", code: "unknown-value", marked: "99999" },
    { name: "ports the wrong way round", text: "port = 90-80", code: "unknown-value", marked: "90-80" },
    { name: "an order of a range", text: "port > 80-90", code: "unknown-value", marked: "80-90" },
    { name: "half a byte", text: "bytes > 0.5", code: "unknown-value", marked: "0.5" },
    {
      name: "more than can be counted",
      text: "bytes > 9999999999999999",
      code: "unknown-value",
      marked: "9999999999999999",
    },
    { name: "a unit of a count", text: "packets > 1kB", code: "unknown-value", marked: "1kB" },
    {
      name: "an address that is not one",
      text: "dest.address = 10.0.0.256",
      code: "unknown-value",
      marked: "10.0.0.256",
    },
    {
      name: "a prefix that is too long",
      text: "dest.address in 10.0.0.0/33",
      code: "unknown-value",
      marked: "10.0.0.0/33",
    },
    { name: "no value", text: "port =", code: "missing-value", marked: "" },
    { name: "an empty value", text: 'service = ""', code: "unknown-value", marked: '""' },
    { name: "no condition after `and`", text: "port = 1 and", code: "missing-value", marked: "" },
    { name: "no condition after `not`", text: "not", code: "missing-value", marked: "" },
    { name: "an empty group", text: "()", code: "unknown-field", marked: ")" },
    { name: "an open list", text: "port in (1, 2", code: "unclosed", marked: "" },
    { name: "an open group", text: "(port = 1", code: "unclosed", marked: "" },
    { name: "an end of no group", text: "port = 1)", code: "unexpected", marked: ")" },
    { name: "an open quote", text: 'text = "a', code: "unclosed", marked: '"a' },
    { name: "no joint", text: "port = 1 action = deny", code: "unexpected", marked: "action" },
    { name: "a comparison that is not one", text: "port ! 1", code: "not-comparable", marked: "!" },
    { name: "an order of names", text: "namespace > a", code: "not-comparable", marked: ">" },
    { name: "a pattern of ports", text: "port ~ 4", code: "not-comparable", marked: "~" },
    { name: "has of what is always there", text: "has port", code: "not-comparable", marked: "port" },
    { name: "a list after =", text: "port = (1, 2)", code: "missing-value", marked: "(" },
    { name: "not without in", text: "port not 1", code: "missing-value", marked: "1" },
    { name: "a pattern that looks ahead", text: 'policy ~ "(?=a)"', code: "bad-pattern", marked: '"(?=a)"' },
    { name: "a long text", text: " ".repeat(limits.characters + 1), code: "too-large", marked: " " },
    { name: "deep groups", text: "(".repeat(2_000), code: "too-large", marked: "(" },
    { name: "deep opposites", text: "not ".repeat(900), code: "too-large", marked: "not" },
    {
      name: "many conditions",
      text: Array.from({ length: 51 }, () => "port = 1").join(" or "),
      code: "too-large",
      marked: "port",
    },
    {
      name: "a long list",
      text: `port in (${Array.from({ length: 201 }, (_, index) => index).join()})`,
      code: "too-large",
      marked: ")",
    },
  ];
  it.each(wrong)("refuses $name", ({ text, code, marked }) => {
    const result = parseFilter(text);
    const first = result.ok ? undefined : result.error[0];
    expect(first?.code).toBe(code);
    expect(text.slice(first?.span.from, first?.span.to)).toBe(marked);
  });

  const several = [
    { text: "act = 1 and port = x and action = deny", codes: ["unknown-field", "unknown-value"] },
    {
      text: "(act = 1 or port in (x, 80, y)) and bytes ~ 1 or has port",
      codes: ["unknown-field", "unknown-value", "unknown-value", "not-comparable", "not-comparable"],
    },
    { text: "port = 1) and act = 1", codes: ["unexpected", "unknown-field"] },
  ];
  it.each(several)("tells all that is wrong with $text at once", ({ text, codes }) => {
    const result = parseFilter(text);
    expect(result.ok ? [] : result.error.map(({ code }) => code)).toEqual(codes);
  });

  it("says which field rows of edges cannot answer, and where it stands", () => {
    const text = "port = 443 and (bytes > 1kB or source.label.app = web)";
    const result = parseFilter(text, { answeredBy: "edge" });
    const problems = result.ok ? [] : result.error;
    expect(problems.map(({ code, span }) => [code, text.slice(span.from, span.to)])).toEqual([
      ["unanswerable", "bytes"],
      ["unanswerable", "source.label.app"],
    ]);
    expect(parseFilter("port = 443 and not cluster ~ eu", { answeredBy: "edge" }).ok).toBe(true);
  });
});
