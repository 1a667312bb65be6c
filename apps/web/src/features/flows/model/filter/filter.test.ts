import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  expectationAt,
  fieldNames,
  offersFor,
  parseFilter,
  printFilter,
  setValues,
  specOf,
  toggleValue,
  tokensOf,
  valuesOf,
  type FieldName,
  type Filter,
} from "./index";

const valueOf = (field: FieldName): fc.Arbitrary<string> => {
  const { type, choices } = specOf(field);
  if (choices !== undefined) return fc.constantFrom(...choices);
  if (type === "number") return fc.integer({ min: 0, max: 65_535 }).map(String);
  return fc.oneof(fc.stringMatching(/^[a-z0-9][a-z0-9.*/-]{0,12}$/), fc.string({ minLength: 1, maxLength: 12 }));
};

const filter: fc.Arbitrary<Filter> = fc
  .uniqueArray(fc.constantFrom(...fieldNames), { maxLength: 5 })
  .chain((names) =>
    fc.tuple(
      ...names.map((field) =>
        fc.uniqueArray(valueOf(field), { minLength: 1, maxLength: 4 }).map((values) => ({ field, values })),
      ),
    ),
  );

const parsed = (text: string): Filter => {
  const result = parseFilter(text);
  if (!result.ok) throw new Error(`${text}: ${result.error.map(({ message }) => message).join()}`);
  return result.value;
};

describe("filter language", () => {
  it("parses what it prints", () => {
    fc.assert(
      fc.property(filter, (each) => {
        expect(parseFilter(printFilter(each))).toEqual({ ok: true, value: each });
      }),
    );
  });

  it("never throws, and marks only what is there", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const result = parseFilter(text);
        if (result.ok) return;
        for (const { span } of result.error) {
          expect(span.from).toBeGreaterThanOrEqual(0);
          expect(span.to).toBeLessThanOrEqual(text.length);
          expect(span.from).toBeLessThanOrEqual(span.to);
        }
      }),
    );
  });

  it("loses no character but space", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const covered = tokensOf(text).reduce((sum, { from, to }) => sum + to - from, 0);
        expect(covered).toBe(
          text.replace(/\s/gu, "").length +
            countSpacesIn(
              tokensOf(text)
                .map(({ from, to }) => text.slice(from, to))
                .join(""),
            ),
        );
      }),
    );
  });

  const rows = [
    { name: "one", text: "action = deny", printed: "action = deny" },
    {
      name: "space and case of `and` do not matter",
      text: "  action=deny  AND port=443",
      printed: "action = deny and port = 443",
    },
    { name: "a list", text: "port in (443, 0080,443)", printed: "port in (443, 80)" },
    { name: "a list of one", text: "port in (443)", printed: "port = 443" },
    {
      name: "quotes where needed alone",
      text: 'workload = "cart" and text = "a b"',
      printed: 'workload = cart and text = "a b"',
    },
    {
      name: "words of the language as values",
      text: "workload = and and service in (in, and)",
      printed: "workload = and and service in (in, and)",
    },
    { name: "nothing", text: "   ", printed: "" },
  ];
  it.each(rows)("$name", ({ text, printed }) => expect(printFilter(parsed(text))).toBe(printed));

  const wrong = [
    { name: "a field that is not one", text: "act = deny", code: "unknown-field", marked: "act" },
    { name: "a verdict that is not one", text: "action = denied", code: "unknown-value", marked: "denied" },
    { name: "a port that is not one", text: "port = 99999", code: "unknown-value", marked: "99999" },
    { name: "no value", text: "port =", code: "missing-value", marked: "" },
    { name: "no condition after `and`", text: "port = 1 and", code: "missing-value", marked: "" },
    { name: "an open list", text: "port in (1, 2", code: "unclosed", marked: "" },
    { name: "an open quote", text: 'text = "a', code: "unclosed", marked: '"a' },
    { name: "a field twice", text: "port = 1 and port = 2", code: "repeated-field", marked: "port" },
    { name: "no `and`", text: "port = 1 action = deny", code: "unexpected", marked: "action" },
    { name: "a comparison that is not one", text: "port ! 1", code: "unexpected", marked: "!" },
  ];
  it.each(wrong)("refuses $name", ({ text, code, marked }) => {
    const result = parseFilter(text);
    const first = result.ok ? undefined : result.error[0];
    expect(first?.code).toBe(code);
    expect(text.slice(first?.span.from, first?.span.to)).toBe(marked);
  });

  it("tells all that is wrong at once", () => {
    const result = parseFilter("act = 1 and port = x and action = deny");
    expect(result.ok ? [] : result.error.map(({ code }) => code)).toEqual(["unknown-field", "unknown-value"]);
  });
});

const countSpacesIn = (text: string) => text.length - text.replace(/\s/gu, "").length;

describe("editing by facet", () => {
  it("toggles a value twice to where it was", () => {
    fc.assert(
      fc.property(filter, (each) => {
        const [first] = each;
        if (first === undefined) return;
        const added = toggleValue(each, first.field, "another");
        expect(valuesOf(added, first.field)).toContain("another");
        expect(toggleValue(added, first.field, "another")).toEqual(each);
      }),
    );
  });

  it("takes a field out with its last value, and keeps its place otherwise", () => {
    const before = parsed("action = deny and port = 443");
    expect(printFilter(toggleValue(before, "action", "deny"))).toBe("port = 443");
    expect(printFilter(setValues(before, "action", ["allow", "pass"]))).toBe("action in (allow, pass) and port = 443");
  });
});

describe("completion", () => {
  const occurring = {
    namespaces: [
      { value: "boutique", flows: 530 },
      { value: "turbo-jobs", flows: 9 },
    ],
    actions: [{ value: "deny", flows: 7 }],
  };
  const rows = [
    { name: "fields at the start", text: "", labels: ["action", "staged"] },
    {
      name: "fields that hold what is typed, those that begin with it first",
      text: "port = 1 and na",
      labels: ["namespace", "source.namespace", "dest.namespace"],
    },
    { name: "a comparison after a field", text: "namespace ", labels: ["=", "in (…)"] },
    { name: "values that occur", text: "dest.namespace = bo", labels: ["boutique", "turbo-jobs"] },
    { name: "values in a list", text: "namespace in (boutique, tu", labels: ["turbo-jobs"] },
    { name: "verdicts, whether they occur or not", text: "action = ", labels: ["allow", "deny", "pass", "unknown"] },
    { name: "a joint after a value", text: "port = 443 ", labels: ["and"] },
  ];
  it.each(rows)("$name", ({ text, labels }) => {
    const offers = offersFor(expectationAt(text, text.length), occurring).map(({ label }) => label);
    expect(offers.slice(0, labels.length)).toEqual(labels);
  });

  it("looks at the text before the caret alone", () => {
    expect(expectationAt("dest.namespace = bo and port = 1", 19)).toMatchObject({
      kind: "value",
      field: "dest.namespace",
      typed: "bo",
      span: { from: 17, to: 19 },
    });
  });

  it("says how often a value occurs", () => {
    expect(offersFor(expectationAt("action = d", 10), occurring)).toEqual([
      { label: "deny", count: 7, insert: "deny " },
    ]);
  });
});
