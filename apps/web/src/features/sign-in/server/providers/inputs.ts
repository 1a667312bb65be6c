import { z } from "zod";

/** A claim's name, or a path as `realm_access.roles`. */
const claim = (fallback: string) => z.string().trim().min(1).max(200).default(fallback);

const scope = z
  .string()
  .max(100)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "is a word without spaces or quotes, as `groups`");

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "is the part of an e-mail address after the @, as `example.org`");

/** What is said of a provider, in the app and in the access file. */
export const providerSettings = {
  name: z.string().trim().min(1, "is what the sign-in page calls it, as `Company`").max(60),
  issuer: z.string().trim().max(500),
  clientId: z.string().trim().min(1, "is what the provider calls Isthmus").max(500),
  scopes: z.array(scope).max(20).default(["openid", "profile", "email"]),
  emailClaim: claim("email"),
  nameClaim: claim("name"),
  groupsClaim: z.string().trim().max(200).default("groups"),
  emailsVerified: z.boolean().default(false),
  joinRule: z.enum(["invited", "groups", "anyone"]).default("invited"),
  domains: z.array(domain).max(50).default([]),
  shown: z.boolean().default(true),
  enabled: z.boolean().default(true),
};

/** Absent: as it is; null or empty: none, as for a public client. */
const clientSecret = z.string().max(2_000).nullish();

export const createProviderInput = z.object({ ...providerSettings, clientSecret });
export const updateProviderInput = z.object({ id: z.uuid(), ...providerSettings, clientSecret });
