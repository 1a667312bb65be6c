import type { FoundIdentityProvider } from "@isthmus/db";

/** Claims of a person, those of the id token before those of userinfo. */
export type Claims = Readonly<Record<string, unknown>>;

/** Who a provider says that a person is. */
export interface Profile {
  readonly subject: string;
  /** Lower case; empty where the provider says none. */
  readonly email: string;
  /** Undefined where the provider does not say. */
  readonly emailVerified: boolean | undefined;
  readonly name: string;
  readonly groups: readonly string[];
}

type ClaimNames = Pick<FoundIdentityProvider, "emailClaim" | "nameClaim" | "groupsClaim">;

// What a provider can make us store of one person.
const groupsLimit = 500;
const groupLengthLimit = 256;

/** The claim of a name, or at a path as `realm_access.roles`. A claim that has the whole path as its name comes first. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: unknown = claims;
  for (const part of path.split(".")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Claims)[part];
  }
  return at;
}

/** Reads a person out of their claims, by the names that the provider's settings give. */
export function readProfile(claims: Claims, subject: string, names: ClaimNames): Profile {
  const email = textOf(claimAt(claims, names.emailClaim)).trim().toLowerCase();
  return {
    subject,
    email: email.length <= 320 && /^[^\s@]+@[^\s@]+$/.test(email) ? email : "",
    emailVerified: flagOf(claims["email_verified"]),
    name: textOf(claimAt(claims, names.nameClaim)).trim().slice(0, 200) || (email.split("@")[0] ?? ""),
    groups: groupsOf(names.groupsClaim === "" ? undefined : claimAt(claims, names.groupsClaim)),
  };
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

// Some providers write their booleans as text.
const flagOf = (value: unknown) =>
  value === true || value === "true" ? true : value === false || value === "false" ? false : undefined;

function groupsOf(value: unknown): readonly string[] {
  const given: readonly unknown[] = Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
  const names = given
    .filter((each): each is string => typeof each === "string")
    .map((each) => each.trim())
    .filter((each) => each !== "" && each.length <= groupLengthLimit);
  return [...new Set(names)].slice(0, groupsLimit);
}
