import type { ProviderSettings } from "@isthmus/db";

/** Settings of an enabled provider that lets anyone in, but for what a test says otherwise. */
export const providerSettings = (
  issuer: string,
  { name, ...changes }: Partial<ProviderSettings> & Pick<ProviderSettings, "name">,
): ProviderSettings => ({
  name,
  issuer,
  clientId: "isthmus",
  scopes: ["openid"],
  emailClaim: "email",
  nameClaim: "name",
  groupsClaim: "groups",
  emailsVerified: false,
  joinRule: "anyone",
  domains: [],
  shown: true,
  enabled: true,
  ...changes,
});
