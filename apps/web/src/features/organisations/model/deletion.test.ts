import { expect, test } from "vitest";
import { deletionWords, organisationNameProblem } from "./deletion";

const due = new Date(Date.UTC(2026, 11, 6, 12));

test("the banner says when and for whom", () => {
  expect(deletionWords("Acme", due, due.getTime() - 7 * 86_400_000)).toBe(
    "Acme will be deleted in 7 d, on 6 Dec 2026, 12:00:00 UTC.",
  );
  expect(deletionWords("Acme", due, due.getTime() + 1)).toMatch(/within the hour/);
});

test.each([
  ["Acme", undefined],
  ["  ", "Give it a name."],
  ["x".repeat(101), "At most 100 characters."],
])("the name “%s”", (name, problem) => expect(organisationNameProblem(name)).toBe(problem));
