/** What an action is called on the page; one that is not known here is shown as it is. */
const actions: Readonly<Record<string, string>> = {
  "cluster.connect": "named the cluster",
  "cluster.examine": "asked to examine",
  "cluster.label": "changed labels of",
  "cluster.delete": "removed the cluster",
  "grant.create": "made a grant for",
  "grant.revoke": "revoked the grants of",
  "grant.redeem": "redeemed the grant of",
  "grant.manifest-fetched": "gave out the manifest of",
  "redemption.approve": "let in the cluster",
  "redemption.refuse": "refused to let in the cluster",
  "agent.revoke": "revoked the agent of",
  "publication.approve": "approved identities into",
  "publication.withdraw": "withdrew identities from",
  "probes.enable": "turned probes on in",
  "probes.disable": "turned probes off in",
  "connectivity.approve": "approved a routing manifest for",
  "tier.create": "made the tier",
  "policy.save": "saved a revision of",
  "policy.apply": "applied",
  "policy.withdraw": "withdrew",
  "organisation.create": "made the organisation with",
  "organisation.add": "made the organisation",
  "organisation.invite-owner": "invited the first owner of",
  "organisation.rename": "renamed the organisation to",
  "organisation.sign-in-rule": "changed how people sign in to",
  "organisation.retention": "changed how long evidence is kept of",
  "organisation.request-deletion": "asked for the deletion of",
  "organisation.keep": "stopped the deletion of",
  "organisation.export": "exported",
  "member.invite": "invited",
  "member.withdraw-invitation": "withdrew the invitation of",
  "member.join": "joined as",
  "member.leave": "left, as",
  "member.remove": "removed",
  "member.disable": "shut out",
  "member.enable": "let in again",
  "member.end-session": "ended a session of",
  "member.end-sessions": "ended the sessions of",
  "member.groups": "came with other groups as",
  "role.create": "made the role",
  "role.update": "changed the role",
  "role.delete": "removed the role",
  "role.bind": "gave a role to",
  "role.unbind": "took a role back from",
  "token.create": "made the API token",
  "token.revoke": "revoked the API token",
  "provider.create": "set up the provider",
  "provider.change": "changed the provider",
  "provider.delete": "removed the provider",
  "provider.test": "tested the provider",
  "second-factor.enable": "turned on the second factor of",
  "second-factor.disable": "turned off the second factor of",
  "second-factor.renew-codes": "made new recovery codes for",
  "account.rename": "changed the name of",
  "account.connect": "connected their account with",
  "account.disconnect": "disconnected their account from",
  "account.refuse-connection": "could not connect their account with",
  "account.take-second-factor": "took away the second factor of",
  "account.make-password-link": "made a link for a new password for",
  "account.reset-password": "set by a link the password of",
  "view-as.begin": "began to see with the eyes of",
  "view-as.end": "stopped seeing with the eyes of",
  "audit.export": "exported the audit log",
  "access.refuse": "was refused what needs",
  "sign-in.switch": "changed to this organisation with",
  "sign-in.begin": "signed in with",
  "sign-in.end": "signed out of",
  "sign-in.revoke": "ended the session",
  "sign-in.end-by-provider": "said that somebody signed out at",
  "sign-in.refuse": "was refused at sign-in as",
  "password.change": "changed the password of",
  "cluster.enrol": "redeemed a grant and enrolled",
  "cluster.join": "completed the first sync of",
  "cluster.plan": "planned what is written into",
  "cluster.refuse": "was refused as",
  "cluster.renew-credential": "renewed the credential of",
};

/** An action as a person says it. */
export const actionWords = (action: string): string => actions[action] ?? action;

/** A line of what changed, as text: `before` and `after` of one field. */
export interface ChangedField {
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

const textOf = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string"
    ? value
    : Array.isArray(value) && value.every((each) => typeof each === "string")
      ? value.join(", ")
      : JSON.stringify(value, null, 2);
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** The fields of both sides in the order in which they were written, without those that are alike. */
export function changedFields(
  detail: { readonly before?: unknown; readonly after?: unknown },
  /** Words for values that have better ones than their JSON. */
  wordsOf: (value: unknown) => string | undefined = () => undefined,
): ChangedField[] {
  const [before, after] = [fieldsOf(detail.before), fieldsOf(detail.after)];
  const text = (value: unknown) => wordsOf(value) ?? textOf(value);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((field) => ({ field, before: text(before[field]), after: text(after[field]) }))
    .filter((each) => each.before !== each.after);
}

/** Why a sign-in was refused, as the log says it. */
const refusals: Readonly<Record<string, string>> = {
  "wrong-password": "the password was wrong",
  "no-password": "the account has no password",
  "wrong-code": "the code was wrong",
  "deletion-due": "the organisation is to be deleted, and its day has come",
  "own-provider-required": "only the organisation's own provider is good here",
  "no-email": "the provider said no address",
  "email-unverified": "the provider has not checked the address",
  "email-of-another-account": "the address belongs to another account",
  "no-membership": "a member of no organisation",
  "membership-disabled": "shut out",
  "other-session": "it was begun in another session",
  "of-another-person": "that account belongs to another person",
};

/** One line that says what was decided, for actions whose detail holds it. */
export function summaryOf(action: string, detail: { readonly before?: unknown; readonly after?: unknown }): string {
  const after = fieldsOf(detail.after);
  const clusters = textOf(after["clusters"]);
  if (action === "policy.apply") return `r${textOf(after["revision"]) ?? "?"} to ${clusters ?? "nothing"}`;
  if (action === "policy.save")
    return `r${textOf(after["revision"]) ?? "?"}, placed by ${textOf(after["placement"]) ?? ""}`;
  if (action === "role.bind" || action === "role.unbind") {
    const binding = fieldsOf(detail.before ?? detail.after);
    return textOf(binding["role"]) ?? "";
  }
  if (action === "member.invite") return `as ${textOf(after["role"]) ?? "a member"}`;
  if (action === "sign-in.refuse" || action === "account.refuse-connection")
    return refusals[textOf(after["reason"]) ?? ""] ?? textOf(after["reason"]) ?? "";
  if (action === "audit.export" || action === "organisation.export")
    return [
      textOf(after["format"]),
      textOf(after["lines"]) === undefined ? "" : `${textOf(after["lines"]) ?? ""} lines`,
    ]
      .filter(Boolean)
      .join(", ");
  if (action.startsWith("publication.")) {
    const pair = fieldsOf(detail.before ?? detail.after);
    return [textOf(pair["namespace"]), "of", textOf(pair["from"])].filter(Boolean).join(" ");
  }
  return "";
}
