/** Who a provider lets in beside those who were invited. */
export type JoinRule = "invited" | "groups" | "anyone";

/** What each rule is called and means. */
export const joinRuleWords: Readonly<Record<JoinRule, { readonly label: string; readonly hint: string }>> = {
  invited: { label: "Members alone", hint: "Whoever was invited, or is a member already." },
  groups: {
    label: "Groups that hold a role",
    hint: "Also anybody in a group that is bound to a role here; they become members at their first sign-in.",
  },
  anyone: {
    label: "Everybody it knows",
    hint: "Also anybody else that the provider proves. Without a binding of theirs they see nothing.",
  },
};

/** How a provider stands. */
export type ProviderState = "works" | "untested" | "failing" | "off";

/** The state of a provider: switched off, failing at its last use, never tested, or fine. */
export function providerState(provider: {
  readonly enabled: boolean;
  readonly lastError: string;
  readonly testedAt: Date | null;
}): ProviderState {
  if (!provider.enabled) return "off";
  if (provider.lastError !== "") return "failing";
  return provider.testedAt === null ? "untested" : "works";
}

/** A provider as it stands in its form. */
export interface ProviderDraft {
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  /** Empty: none for a new provider, the stored one for another. */
  readonly clientSecret: string;
  readonly scopes: string;
  readonly emailClaim: string;
  readonly nameClaim: string;
  readonly groupsClaim: string;
  readonly emailsVerified: boolean;
  readonly joinRule: JoinRule;
  readonly domains: string;
  readonly shown: boolean;
  readonly enabled: boolean;
}

/** The form of a new provider. */
export const emptyProvider: ProviderDraft = {
  name: "",
  issuer: "",
  clientId: "",
  clientSecret: "",
  scopes: "openid profile email",
  emailClaim: "email",
  nameClaim: "name",
  groupsClaim: "groups",
  emailsVerified: false,
  joinRule: "invited",
  domains: "",
  shown: true,
  enabled: true,
};

const wordsIn = (text: string): string[] => [...new Set(text.split(/[\s,]+/).filter((word) => word !== ""))];

/** What is wrong, by field; what is still empty is wrong only once the form is sent. */
export function providerProblems(draft: ProviderDraft): Partial<Record<keyof ProviderDraft, string>> {
  const problems: Partial<Record<keyof ProviderDraft, string>> = {};
  if (draft.issuer !== "" && !isIssuer(draft.issuer))
    problems.issuer =
      "The issuer is an address with https:// and no query, as the provider's discovery document says it.";
  if (!wordsIn(draft.scopes).includes("openid")) problems.scopes = "“openid” must be one of them.";
  const badDomain = wordsIn(draft.domains).find((domain) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(domain));
  if (badDomain !== undefined) problems.domains = `“${badDomain}” is not a domain, as example.org.`;
  return problems;
}

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, hostname } = new URL(text);
  const local = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
  return (protocol === "https:" || (protocol === "http:" && local)) && search === "" && hash === "";
}

/** True when everything that a provider needs is there and nothing is wrong. */
export const isWhole = (draft: ProviderDraft): boolean =>
  draft.name.trim() !== "" &&
  draft.issuer !== "" &&
  draft.clientId.trim() !== "" &&
  Object.keys(providerProblems(draft)).length === 0;

/** The settings that a whole draft means. */
export const settingsOf = (draft: ProviderDraft) => ({
  name: draft.name.trim(),
  issuer: draft.issuer.trim(),
  clientId: draft.clientId.trim(),
  scopes: wordsIn(draft.scopes),
  emailClaim: draft.emailClaim.trim() || "email",
  nameClaim: draft.nameClaim.trim() || "name",
  groupsClaim: draft.groupsClaim.trim() || "groups",
  emailsVerified: draft.emailsVerified,
  joinRule: draft.joinRule,
  domains: wordsIn(draft.domains.toLowerCase()),
  shown: draft.shown,
  enabled: draft.enabled,
});
