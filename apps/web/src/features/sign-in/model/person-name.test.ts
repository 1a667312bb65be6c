import { expect, test } from "vitest";
import { personNameProblem } from "./person-name";

test.each([
  { name: "plain", given: "Ada Lovelace", fits: true },
  { name: "with spaces around", given: "  Ada ", fits: true },
  { name: "of another script, with a joiner", given: "می\u200Cخواهم", fits: true },
  { name: "of 80 characters", given: "x".repeat(80), fits: true },
  { name: "of 81", given: "x".repeat(81), fits: false },
  { name: "empty", given: "", fits: false },
  { name: "of spaces alone", given: " \t ", fits: false },
  { name: "with a line end", given: "Ada\nOwner", fits: false },
  { name: "with an escape", given: "Ada\u001B[2J", fits: false },
  { name: "with a separator of lines", given: "Ada\u2028Owner", fits: false },
  { name: "that turns the text around it", given: "Ada \u202Erenwo", fits: false },
])("a name $name", ({ given, fits }) => {
  expect(personNameProblem(given) === undefined).toBe(fits);
});
