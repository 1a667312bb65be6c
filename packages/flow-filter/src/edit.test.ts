import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { everything, parseFilter, printFilter, setValues, toggleValue, valuesOf, type Filter } from "./index";
import { filters } from "./testing/filters";

const parsed = (text: string): Filter => {
  const result = parseFilter(text);
  return result.ok ? result.value : everything;
};

describe("editing by facet", () => {
  it("asks for a value, and no longer", () => {
    fc.assert(
      fc.property(filters(), (filter) => {
        const added = toggleValue(filter, "workload", { value: "another-one" });
        expect(valuesOf(added, "workload")).toContain("another-one");
        expect(parseFilter(printFilter(added)).ok).toBe(true);
        const removed = toggleValue(added, "workload", { value: "another-one" });
        expect(valuesOf(removed, "workload")).toEqual(valuesOf(filter, "workload"));
      }),
    );
  });

  const rows = [
    { before: "action = deny and port = 443", field: "action", value: "deny", wanted: "in", after: "port = 443" },
    { before: "action = deny", field: "action", value: "pass", wanted: "in", after: "action in (deny, pass)" },
    { before: "action = deny", field: "action", value: "deny", wanted: "in", after: "" },
    { before: "", field: "namespace", value: "a b", wanted: "in", after: 'namespace = "a b"' },
    { before: "", field: "namespace", value: "cart", wanted: "not in", after: "namespace != cart" },
    { before: "namespace != cart", field: "namespace", value: "cart", wanted: "not in", after: "" },
    {
      before: "namespace in (cart, pay)",
      field: "namespace",
      value: "cart",
      wanted: "not in",
      after: "namespace = pay and namespace != cart",
    },
    { before: "namespace != cart", field: "namespace", value: "cart", wanted: "in", after: "namespace = cart" },
    {
      before: "port = 1 or port = 2",
      field: "port",
      value: "1",
      wanted: "in",
      after: "(port = 1 or port = 2) and port = 1",
    },
    { before: "not port = 1", field: "port", value: "1", wanted: "in", after: "not port = 1 and port = 1" },
    { before: "port in (80, 8000-8999)", field: "port", value: "8000-8999", wanted: "in", after: "port = 80" },
    {
      before: "dest.label.app = a",
      field: "action",
      value: "deny",
      wanted: "in",
      after: "dest.label.app = a and action = deny",
    },
  ] as const;
  it.each(rows)("$before, $wanted $value", ({ before, field, value, wanted, after }) => {
    expect(printFilter(toggleValue(parsed(before), field, { value, wanted }))).toBe(after);
  });

  it("keeps the place of a condition", () => {
    const before = parsed("action = deny and port = 443");
    expect(printFilter(setValues(before, "action", { values: ["allow", "pass"] }))).toBe(
      "action in (allow, pass) and port = 443",
    );
    expect(printFilter(setValues(before, "port", { values: [] }))).toBe("action = deny");
  });
});
