import { describe, expect, it } from "vitest";
import { claimAt, readProfile, type Claims } from "./claims";

const names = { emailClaim: "email", nameClaim: "name", groupsClaim: "groups" };

describe("a claim", () => {
  const rows = [
    { name: "by its name", claims: { groups: ["a"] }, path: "groups", expected: ["a"] },
    { name: "at a path", claims: { realm_access: { roles: ["a"] } }, path: "realm_access.roles", expected: ["a"] },
    { name: "whose name has dots", claims: { "a.b": 1, a: { b: 2 } }, path: "a.b", expected: 1 },
    {
      name: "with a URL as its name",
      claims: { "https://x.example/groups": 1 },
      path: "https://x.example/groups",
      expected: 1,
    },
    { name: "that is not there", claims: { a: "text" }, path: "a.length", expected: undefined },
    { name: "of the object's own kind alone", claims: {}, path: "constructor.name", expected: undefined },
  ];
  it.each(rows)("$name", ({ claims, path, expected }) => expect(claimAt(claims, path)).toEqual(expected));
});

describe("a profile", () => {
  const read = (claims: Claims, more = {}) => readProfile(claims, "s", { ...names, ...more });

  it("takes what the settings name", () => {
    expect(
      read(
        { email: " Ann@Example.org ", email_verified: true, name: "Ann", preferred_username: "ann", roles: ["a"] },
        { nameClaim: "preferred_username", groupsClaim: "roles" },
      ),
    ).toEqual({ subject: "s", email: "ann@example.org", emailVerified: true, name: "ann", groups: ["a"] });
  });

  it("says nothing of an e-mail address that is none", () => {
    for (const email of [undefined, 7, "", "ann", "a b@c", "a@b@c", `${"a".repeat(320)}@b`])
      expect(read({ email }).email).toBe("");
  });

  it("tells unverified from unsaid", () => {
    const said = (email_verified: unknown) => read({ email_verified }).emailVerified;
    expect([true, "true", false, "false", undefined, 1].map(said)).toEqual([
      true,
      true,
      false,
      false,
      undefined,
      undefined,
    ]);
  });

  it("takes groups as a list or as one, and bounds them", () => {
    expect(read({ groups: "one" }).groups).toEqual(["one"]);
    expect(read({ groups: ["a", "a", " b ", "", 7, { c: 1 }, "x".repeat(300)] }).groups).toEqual(["a", "b"]);
    expect(read({ groups: { a: 1 } }).groups).toEqual([]);
    expect(read({ groups: Array.from({ length: 900 }, (_, at) => `g${at}`) }).groups).toHaveLength(500);
    expect(read({ groups: ["a"] }, { groupsClaim: "" }).groups).toEqual([]);
  });

  it("names who has no name by their address", () => {
    expect(read({ email: "ann@example.org" }).name).toBe("ann");
  });
});
