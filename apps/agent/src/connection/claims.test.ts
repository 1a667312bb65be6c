import { describe, expect, it } from "vitest";
import { newIdentity, type Credential } from "../identity/identity";
import { claimsOf, isAboutClaim } from "./claims";

const credential = (grantId: string): Credential => ({ id: "c", issuedAtMs: 0, expiresAtMs: 1, grantId });

describe("claimsOf", () => {
  const rows: { name: string; held?: Credential; grant: string; expected: string[] }[] = [
    { name: "a grant alone", grant: "g", expected: ["grant g"] },
    { name: "a credential alone", held: credential("g"), grant: "", expected: ["credential c"] },
    {
      name: "a credential before the grant that it came from",
      held: credential("g"),
      grant: "g",
      expected: ["credential c", "grant g"],
    },
    { name: "a new grant first", held: credential("g"), grant: "h", expected: ["grant h", "credential c"] },
    { name: "nothing", grant: "", expected: [] },
  ];
  it.each(rows)("$name", ({ held, grant, expected }) => {
    const claims = claimsOf({ ...newIdentity(), credential: held }, grant);
    expect(claims.map(({ kind, id }) => `${kind} ${id}`)).toEqual(expected);
  });
});

describe("isAboutClaim", () => {
  it.each([
    ["grant-used", true],
    ["credential-revoked", true],
    ["bad-proof", true],
    ["overloaded", false],
    ["version-unsupported", false],
  ])("%s: %s", (code, expected) => expect(isAboutClaim(code)).toBe(expected));
});
