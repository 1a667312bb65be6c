import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completionAt, offersFor, parseFilter, printFilter } from "./index";
import { filters } from "./testing/filters";

const occurring = {
  namespaces: [
    { value: "boutique", flows: 530 },
    { value: "turbo-jobs", flows: 9 },
    { value: "with space", flows: 1 },
  ],
  actions: [{ value: "deny", flows: 7 }],
  ports: [{ value: "443", flows: 3 }],
};
const offersAt = (text: string, caret = text.length) => offersFor(completionAt(text, caret), occurring);

describe("completion", () => {
  const rows = [
    { name: "fields at the start", text: "", labels: ["action", "staged"] },
    {
      name: "fields that hold what is typed, those that begin with it first",
      text: "port = 1 and na",
      labels: ["namespace", "source.namespace", "dest.namespace"],
    },
    { name: "not and has where a condition begins", text: "no", labels: ["not"] },
    { name: "what a flow may lack after has", text: "has ser", labels: ["service"] },
    { name: "nothing that every flow has after has", text: "has port", labels: [] },
    { name: "a label's family without a key", text: "source.la", labels: ["source.label.…"] },
    { name: "a label with its key", text: "dest.label.app", labels: ["dest.label.app"] },
    { name: "comparisons of a name", text: "namespace ", labels: ["=", "!=", "in (…)", "not in (…)", "~", "!~"] },
    {
      name: "comparisons of an amount",
      text: "bytes ",
      labels: ["=", "!=", "in (…)", "not in (…)", "<", "<=", ">", ">="],
    },
    { name: "the rest of a sign", text: "namespace !", labels: ["!=", "!~"] },
    { name: "in after not", text: "port not ", labels: ["in"] },
    { name: "values that occur", text: "dest.namespace = bo", labels: ["boutique", "turbo-jobs"] },
    { name: "values after a comparison of either kind", text: "namespace != tu", labels: ["turbo-jobs"] },
    { name: "values in a list", text: "namespace in (boutique, tu", labels: ["turbo-jobs"] },
    { name: "what follows a value in a list", text: "namespace in (boutique ", labels: [",", ")"] },
    { name: "verdicts, whether they occur or not", text: "action = ", labels: ["allow", "deny", "pass", "unknown"] },
    { name: "units of bytes", text: "bytes > 10", labels: ["10kB", "10MB", "10GB", "10KiB", "10MiB", "10GiB"] },
    { name: "joints after a value", text: "port = 443 ", labels: ["and", "or"] },
    { name: "the end of a group that is open", text: "not (port = 443 ", labels: ["and", "or", ")"] },
    { name: "nothing after what is no field", text: "prt ", labels: [] },
    { name: "nothing that makes no sense", text: "port = 443 xyz", labels: [] },
  ];
  it.each(rows)("offers $name", ({ text, labels }) => {
    const offers = offersAt(text).map(({ label }) => label);
    expect(offers.slice(0, labels.length || 1)).toEqual(labels);
  });

  it("looks at the text before the caret alone", () => {
    const text = "dest.namespace = bo and port = 1";
    expect(completionAt(text, 19)).toMatchObject({ typed: "bo", span: { from: 17, to: 19 } });
    expect(offersAt(text, 19).map(({ insert }) => insert)).toEqual(["boutique ", "turbo-jobs "]);
  });

  it("says how often a value occurs, and quotes what needs it", () => {
    expect(offersAt("action = d")).toEqual([{ label: "deny", count: 7, insert: "deny " }]);
    expect(offersAt("namespace in (with").map(({ insert }) => insert)).toEqual(['"with space"']);
  });

  it("goes on with what parses, or lacks only what comes after it", () => {
    const cut = fc.tuple(filters(), fc.nat()).map(([filter, at]) => {
      const text = printFilter(filter);
      return text.slice(0, at % (text.length + 1));
    });
    let offered = 0;
    fc.assert(
      fc.property(cut, (text) => {
        const { span } = completionAt(text, text.length);
        for (const { insert } of offersAt(text)) {
          offered += 1;
          const taken = text.slice(0, span.from) + insert;
          const result = parseFilter(taken);
          // An unclosed quote is the beginning of a pattern.
          const begun = taken.endsWith('"') ? taken.length - 1 : taken.trimEnd().length;
          const early = result.ok ? [] : result.error.filter((problem) => problem.span.from < begun);
          expect([taken, early]).toEqual([taken, []]);
        }
      }),
      { numRuns: 400 },
    );
    expect(offered).toBeGreaterThan(400);
  });
});
