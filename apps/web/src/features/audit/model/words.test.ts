import { describe, expect, it, test } from "vitest";
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

test.each([
  ["role.bind", { after: { role: "Viewer" } }, "Viewer"],
  ["role.unbind", { before: { role: "Owner" } }, "Owner"],
  ["member.invite", { after: { role: "Tier editor" } }, "as Tier editor"],
  ["sign-in.refuse", { after: { reason: "wrong-code" } }, "the code was wrong"],
  ["sign-in.refuse", { after: { reason: "something-new" } }, "something-new"],
  ["audit.export", { after: { format: "csv", lines: 12 } }, "csv, 12 lines"],
  ["token.create", { after: { role: "Viewer" } }, ""],
])("%s is summed up as it was decided", (action, detail, words) => expect(summaryOf(action, detail)).toBe(words));

test("an action of access has words of its own", () => {
  for (const action of [
    "member.invite",
    "role.bind",
    "token.revoke",
    "provider.test",
    "view-as.begin",
    "access.refuse",
  ])
    expect(actionWords(action)).not.toBe(action);
});
