/** What an action is called on the page; one that is not known here is shown as it is. */
const actions: Readonly<Record<string, string>> = {
  "cluster.connect": "named the cluster",
  "cluster.label": "changed labels of",
  "cluster.delete": "removed the cluster",
  "grant.create": "made a grant for",
  "grant.revoke": "revoked the grants of",
  "grant.redeem": "redeemed the grant of",
  "grant.manifest-fetched": "gave out the manifest of",
  "agent.revoke": "revoked the agent of",
  "publication.approve": "approved identities into",
  "publication.withdraw": "withdrew identities from",
  "tier.create": "made the tier",
  "policy.save": "saved a revision of",
  "policy.apply": "applied",
  "policy.withdraw": "withdrew",
  "organisation.create": "made the organisation with",
  "sign-in.begin": "signed in with",
  "sign-in.end": "signed out of",
  "sign-in.revoke": "ended the session",
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
export function changedFields(detail: { readonly before?: unknown; readonly after?: unknown }): ChangedField[] {
  const [before, after] = [fieldsOf(detail.before), fieldsOf(detail.after)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((field) => ({ field, before: textOf(before[field]), after: textOf(after[field]) }))
    .filter((each) => each.before !== each.after);
}

/** One line that says what was decided, for actions whose detail holds it. */
export function summaryOf(action: string, detail: { readonly after?: unknown }): string {
  const after = fieldsOf(detail.after);
  const clusters = textOf(after["clusters"]);
  if (action === "policy.apply") return `r${textOf(after["revision"]) ?? "?"} to ${clusters ?? "nothing"}`;
  if (action === "policy.save")
    return `r${textOf(after["revision"]) ?? "?"}, placed by ${textOf(after["placement"]) ?? ""}`;
  if (action.startsWith("publication.")) {
    const pair = fieldsOf((detail as { before?: unknown }).before ?? detail.after);
    return [textOf(pair["namespace"]), "of", textOf(pair["from"])].filter(Boolean).join(" ");
  }
  return "";
}
