import { expect, test } from "vitest";
import { cleanRecoveryCode, codeDigits, inGroups, isWholeCode } from "./code-input";
import { emailDomain } from "./email-domain";
import { passwordProblem } from "./password-rules";

test.each([
  ["123456", "123456", true],
  ["123 456", "123456", true],
  [" 12-34-56 ", "123456", true],
  ["12345", "12345", false],
  ["1234567", "123456", true],
  ["abc", "", false],
])("the code typed as “%s” is %s", (typed, digits, whole) => {
  expect(codeDigits(typed)).toBe(digits);
  expect(isWholeCode(typed)).toBe(whole);
});

test("a recovery code is compared without spaces and case", () => {
  expect(cleanRecoveryCode(" AB12C-de 34f ")).toBe("ab12c-de34f");
});

test("a secret is read in groups of four", () => {
  expect([inGroups("ABCDEFGHIJ"), inGroups("")]).toEqual(["ABCD EFGH IJ", ""]);
});

test.each([
  ["ada@Example.org", "example.org"],
  [" ada@mail.example.org ", "mail.example.org"],
  ["ada@example", undefined],
  ["ada@", undefined],
  ["ada@example.", undefined],
  ["a b@example.org", undefined],
])("the domain of “%s” is %s", (email, domain) => expect(emailDomain(email)).toBe(domain));

test.each([
  { name: "short by one", pair: { next: "elevenchars" }, problem: "1 more character needed." },
  { name: "empty", pair: { next: "" }, problem: "12 more characters needed." },
  { name: "long enough", pair: { next: "twelve chars" }, problem: undefined },
  { name: "repeated alike", pair: { next: "twelve chars", again: "twelve chars" }, problem: undefined },
  {
    name: "repeated otherwise",
    pair: { next: "twelve chars", again: "twelve char" },
    problem: "The two are not the same.",
  },
])("a password that is $name", ({ pair, problem }) => expect(passwordProblem(pair)).toBe(problem));

test("the person's address is no password", () => {
  expect(passwordProblem({ next: "Ada@Example.org", email: "ada@example.org" })).toMatch(/e-mail address/);
});
