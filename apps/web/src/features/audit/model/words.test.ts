import { describe, expect, it } from "vitest";
import { actionWords, changedFields, summaryOf } from "./words";

describe("changedFields", () => {
  it("pairs fields and leaves out what is alike", () => {
    expect(
      changedFields({
        before: { labels: { a: "1" }, name: "x" },
        after: { labels: { a: "2" }, name: "x", list: ["p", "q"] },
      }),
    ).toEqual([
      { field: "labels", before: '{\n  "a": "1"\n}', after: '{\n  "a": "2"\n}' },
      { field: "list", before: undefined, after: "p, q" },
    ]);
  });
  it("reads one side alone", () => {
    expect(changedFields({ after: { revision: 3 } })).toEqual([{ field: "revision", before: undefined, after: "3" }]);
    expect(changedFields({})).toEqual([]);
  });
});

describe("summaryOf", () => {
  it.each([
    { action: "policy.apply", detail: { after: { revision: 2, clusters: ["a", "b"] } }, says: "r2 to a, b" },
    { action: "policy.save", detail: { after: { revision: 2, placement: "all()" } }, says: "r2, placed by all()" },
    {
      action: "publication.approve",
      detail: { after: { from: "west", namespace: "shop", into: "east" } },
      says: "shop of west",
    },
    { action: "tier.create", detail: { after: {} }, says: "" },
  ])("says $action", ({ action, detail, says }) => {
    expect(summaryOf(action, detail)).toBe(says);
  });
});

it("shows an action that it does not know as it is", () => {
  expect(actionWords("moon.eclipse")).toBe("moon.eclipse");
});
