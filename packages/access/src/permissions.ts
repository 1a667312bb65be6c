/** What a permission can be limited by. A tier and a namespace are meant by name, in whichever cluster. */
export type Dimension = "cluster" | "namespace" | "tier";

/** What a permission does; "view as" leaves the reads of the person who is looked at and none of their changes. */
export type Verb = "read" | "change";

/** One permission, as pages show it and as `authorize` reads it. */
export interface PermissionSpec {
  /** Empty for what is of the whole organisation. */
  readonly dimensions: readonly Dimension[];
  readonly verb: Verb;
  readonly title: string;
  readonly description: string;
}

/** Every permission that there is. Organisation-wide first, then those of the mesh, then the installation's own. */
export const permissions = [
  "organisation.manage",
  "organisation.view-as",
  "members.read",
  "members.manage",
  "roles.read",
  "roles.manage",
  "providers.read",
  "providers.manage",
  "tokens.create",
  "tokens.read",
  "tokens.manage",
  "audit.read",
  "audit.export",
  "clusters.read",
  "clusters.connect",
  "clusters.manage",
  "clusters.delete",
  "inventory.read",
  "flows.read",
  "publications.read",
  "publications.approve",
  "tiers.read",
  "tiers.manage",
  "policies.read",
  "policies.write",
  "policies.apply",
  "installation.manage",
] as const;

/** The name of a permission. */
export type Permission = (typeof permissions)[number];

type Words = readonly [title: string, description: string];

const wide = (verb: Verb, [title, description]: Words): PermissionSpec => ({
  dimensions: [],
  verb,
  title,
  description,
});

const within =
  (...dimensions: readonly Dimension[]) =>
  (verb: Verb, [title, description]: Words): PermissionSpec => ({ dimensions, verb, title, description });

const cluster = within("cluster");
const place = within("cluster", "namespace");
const tier = within("tier");
const policy = within("cluster", "namespace", "tier");

/** What each permission means, and by what it can be limited. */
export const permissionSpecs: Readonly<Record<Permission, PermissionSpec>> = {
  "organisation.manage": wide("change", [
    "Manage the organisation",
    "Rename it, set its sign-in rules, delete or export it.",
  ]),
  "organisation.view-as": wide("change", [
    "View as somebody else",
    "See the product as another member sees it, without changing anything.",
  ]),
  "members.read": wide("read", ["See members", "See who belongs to the organisation, and its invitations."]),
  "members.manage": wide("change", ["Manage members", "Invite people, shut them out and end their sessions."]),
  "roles.read": wide("read", ["See roles", "See custom roles, and who holds which role where."]),
  "roles.manage": wide("change", [
    "Manage roles",
    "Make custom roles, and give roles to people and groups as far as one's own access reaches.",
  ]),
  "providers.read": wide("read", ["See sign-in providers", "See how single sign-on is set up."]),
  "providers.manage": wide("change", ["Manage sign-in providers", "Set up, test and remove single sign-on."]),
  "tokens.create": wide("change", ["Create API tokens", "Create tokens of one's own, within one's own access."]),
  "tokens.read": wide("read", ["See everybody's API tokens", "See all tokens of the organisation and their last use."]),
  "tokens.manage": wide("change", ["Revoke everybody's API tokens", "Revoke any token of the organisation."]),
  "audit.read": wide("read", ["Read the audit log", "See who did what, when and from where."]),
  "audit.export": wide("read", ["Export the audit log", "Download the audit log with its hash chain."]),
  "clusters.read": cluster("read", ["See clusters", "See clusters, their labels and their connection."]),
  "clusters.connect": cluster("change", ["Connect clusters", "Make grants with which new clusters join."]),
  "clusters.manage": cluster("change", ["Manage clusters", "Rename and label clusters, and end their credentials."]),
  "clusters.delete": cluster("change", ["Delete clusters", "Remove clusters and what is known of them."]),
  "inventory.read": place("read", ["See inventory", "See the objects that clusters report."]),
  "flows.read": place("read", ["See flows", "See flows, the graph and their evidence."]),
  "publications.read": place("read", ["See publications", "See which identities are published to other clusters."]),
  "publications.approve": place("change", [
    "Approve publications",
    "Decide which identities are published to other clusters.",
  ]),
  "tiers.read": tier("read", ["See tiers", "See tiers; needed for everything that is done with their policies."]),
  "tiers.manage": tier("change", ["Manage tiers", "Make, order and remove tiers."]),
  "policies.read": policy("read", ["See policies", "See policies of the tiers that one can see."]),
  "policies.write": policy("change", ["Write policies", "Save revisions of policies, without applying them."]),
  "policies.apply": policy("change", ["Apply policies", "Apply revisions to clusters, and withdraw them."]),
  "installation.manage": wide("change", [
    "Manage the installation",
    "Make and remove organisations, and see nothing inside them.",
  ]),
};

const known: ReadonlySet<string> = new Set(permissions);

/** Whether a text names a permission. */
export const isPermission = (text: string): text is Permission => known.has(text);

/** Whether a permission reaches policies, and so is bound to the rule of tiers. */
export const isOfPolicies = (permission: Permission): boolean => permissionSpecs[permission].dimensions.length === 3;
