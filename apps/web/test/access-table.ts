/**
 * What every procedure answers to every built-in role. Written by hand and from the product's promises: nothing of the
 * access model is imported here. A new procedure needs one row: which roles are answered everywhere, and, for what lies
 * in clusters, namespaces and tiers, what a role that is limited in one of them is answered inside and outside of it.
 *
 * Roles: Owner, Platform operator, Security engineer, Tier editor, Auditor, Viewer; I: Installation administrator, in the
 * installation. Whoever is not named is refused.
 */

/** What a procedure is asked about: ids and names of things inside or outside a limit. */
export interface Target {
  readonly cluster: string;
  readonly clusterName: string;
  readonly namespace: string;
  readonly workload: string;
  readonly tier: string;
  readonly otherTier: string;
  readonly policy: string;
  readonly revision: string;
  readonly draft: string;
  readonly yaml: string;
  readonly placement: string;
  readonly flow: string;
  /** The cluster at the other end of a publication; inside every limit. */
  readonly peer: string;
  /** Whether what is made for it lies inside the limits of `spareClusters` and `spareTiers`. */
  readonly inside: boolean;
}

/** What those who are answered inside a limit are answered outside of it. */
type Outside = "same" | "none" | "refused";

/** Roles that are answered inside a limit, and what they are answered outside. */
type Limited = readonly [roles: string, outside: Outside];

export interface Row {
  readonly all: string;
  readonly cluster?: Limited;
  readonly namespace?: Limited;
  readonly tier?: Limited;
  /** Roles answered inside a limit beside a role that reads everything, where that makes a difference. */
  readonly readingAll?: string;
}

const everyone = "OPSTAV";
/** Read wherever one may; what is outside is left out, or is the same thing. */
const narrowed: Row = {
  all: everyone,
  cluster: [everyone, "same"],
  namespace: [everyone, "same"],
  tier: [everyone, "same"],
};
const ofCluster = (all: string, outside: Outside = "none"): Row => ({ all, cluster: [all, outside] });
/** Of the whole organisation: a role with any limit does not carry it. */
const wide = (all: string): Row => ({ all });
const ofPolicy = (all: string, outside: Outside = "none"): Row => ({
  all,
  cluster: [all, outside],
  namespace: [all, outside],
  tier: [all, outside],
});

export const rows: Readonly<Record<string, Row>> = {
  "clusters.list": narrowed,
  "clusters.get": { ...narrowed, cluster: [everyone, "none"] },
  "clusters.status": { ...narrowed, cluster: [everyone, "none"] },
  "clusters.objects": { ...narrowed, cluster: [everyone, "none"] },
  "clusters.object": { ...narrowed, cluster: [everyone, "none"], namespace: [everyone, "none"] },
  "clusters.connectDefaults": ofCluster("OP", "same"),
  // A list of clusters does not hold one that is yet to join.
  "clusters.connect": { all: "OP" },
  "clusters.newGrant": ofCluster("OP"),
  "clusters.enrolment": narrowed,
  // Of clusters that are yet to join, as above.
  "clusters.connectFleet": { all: "OP" },
  "clusters.revokeFleetGrant": { all: "OP" },
  "clusters.decideRedemption": ofCluster("OP"),
  "clusters.setLabels": ofCluster("OP"),
  "clusters.revokeGrants": ofCluster("OP"),
  "clusters.revokeAgent": ofCluster("OP"),
  "clusters.delete": ofCluster("OP"),

  "examination.get": { ...narrowed, cluster: [everyone, "none"] },
  "examination.lacking": narrowed,
  "examination.ask": ofCluster("OP"),
  "connectivity.matrix": narrowed,
  // Both ends have to be read.
  "connectivity.pair": { ...narrowed, cluster: ["", "none"] },
  "connectivity.probeManifest": narrowed,
  "connectivity.setProbes": ofCluster("OP"),
  // What is approved is for one cluster, and about another that has to be read.
  "connectivity.approveManifest": { all: "OP", cluster: ["", "none"], readingAll: "OP" },

  "overview.state": narrowed,
  "overview.denied": narrowed,
  "overview.talkers": narrowed,
  "graph.edges": narrowed,
  "graph.history": narrowed,
  "evidence.summary": narrowed,
  "flows.page": narrowed,
  "flows.since": narrowed,
  "flows.histogram": narrowed,
  "flows.facets": narrowed,
  "flows.detail": { ...narrowed, cluster: [everyone, "none"], namespace: [everyone, "none"] },
  "frame.scopeOptions": narrowed,

  "policies.board": narrowed,
  "policies.get": ofPolicy(everyone),
  "policies.hitSeries": ofPolicy(everyone),
  "policies.editor": narrowed,
  "policies.selects": narrowed,
  "policies.saveRevision": ofPolicy("OST"),
  "policies.applyRevision": ofPolicy("OST"),
  "policies.move": ofPolicy("OST"),
  "policies.withdraw": ofPolicy("OST"),
  "tiers.create": { all: "OS", tier: ["OS", "refused"] },

  "publications.overview": narrowed,
  "publications.approve": { all: "OPS", cluster: ["", "none"], namespace: ["OPS", "refused"] },
  "publications.withdraw": { all: "OPS", cluster: ["", "none"], namespace: ["OPS", "refused"] },

  "audit.list": wide("OPSAI"),
  "audit.verify": wide("OPSAI"),
  "audit.facets": wide("OPSAI"),
  "members.list": wide("OPSAI"),
  "members.sessions": wide("OI"),
  "members.invite": wide("OI"),
  "members.withdrawInvitation": wide("OI"),
  "members.disable": wide("OI"),
  "members.enable": wide("OI"),
  "members.remove": wide("OI"),
  "members.endSession": wide("OI"),
  "members.endSessions": wide("OI"),
  "members.account": wide("OI"),
  "members.takeSecondFactor": wide("OI"),
  "members.passwordLink": wide("OI"),
  "roles.permissions": wide("OAI"),
  "roles.create": wide("OI"),
  "roles.update": wide("OI"),
  "roles.delete": wide("OI"),
  "roles.bindings": wide("OAI"),
  "roles.bind": wide("OI"),
  "roles.unbind": wide("OI"),
  "tokens.create": wide("OPSTAI"),
  "providers.list": wide("OAI"),
  "providers.file": wide("OAI"),
  "providers.create": wide("OI"),
  "providers.update": wide("OI"),
  "providers.remove": wide("OI"),
  "providers.test": wide("OI"),
  "providers.testResult": wide("OI"),
  "organisations.rename": wide("O"),
  "organisations.setSignInRule": wide("O"),
  "storage.overview": wide("O"),
  "storage.retention": wide("O"),
  "storage.setRetention": wide("O"),
  "organisations.requestDeletion": wide("O"),
  "organisations.cancelDeletion": wide("O"),
  "organisations.list": wide("I"),
  "organisations.create": wide("I"),
  "organisations.inviteFirstOwner": wide("I"),
  "organisations.takeSecondFactor": wide("I"),
  "organisations.passwordLink": wide("I"),
  "organisations.renameOther": wide("I"),
  "organisations.requestDeletionOf": wide("I"),
  "organisations.cancelDeletionOf": wide("I"),
  "signIn.viewAs": wide("O"),
};

/**
 * The permission without which a procedure refuses, whatever else somebody holds: roles that are built in hold many
 * together. What is the installation's is in no role that can be made, and left out.
 */
export const needs: Readonly<Record<string, readonly string[]>> = {
  "clusters.read": [
    "connectivity.matrix",
    "connectivity.pair",
    "connectivity.probeManifest",
    "clusters.list",
    "clusters.get",
    "clusters.status",
    "clusters.enrolment",
    "overview.state",
    "frame.scopeOptions",
    "examination.get",
    "examination.lacking",
  ],
  "inventory.read": ["clusters.objects", "clusters.object"],
  "clusters.connect": [
    "clusters.connectDefaults",
    "clusters.connect",
    "clusters.connectFleet",
    "clusters.decideRedemption",
    "clusters.newGrant",
    "clusters.revokeFleetGrant",
  ],
  "clusters.manage": [
    "connectivity.setProbes",
    "connectivity.approveManifest",
    "clusters.setLabels",
    "clusters.revokeGrants",
    "clusters.revokeAgent",
    "examination.ask",
  ],
  "clusters.delete": ["clusters.delete"],
  "flows.read": [
    "overview.denied",
    "overview.talkers",
    "graph.edges",
    "graph.history",
    "flows.page",
    "flows.since",
    "flows.histogram",
    "flows.facets",
    "flows.detail",
    "evidence.summary",
  ],
  "policies.read": ["policies.board", "policies.get", "policies.hitSeries", "policies.editor", "policies.selects"],
  "policies.write": ["policies.saveRevision", "policies.move"],
  "policies.apply": ["policies.applyRevision", "policies.withdraw"],
  "tiers.manage": ["tiers.create"],
  "publications.read": ["publications.overview"],
  "publications.approve": ["publications.approve", "publications.withdraw"],
  "audit.read": ["audit.list", "audit.verify", "audit.facets"],
  "members.read": ["members.list"],
  "members.manage": [
    "members.sessions",
    "members.invite",
    "members.withdrawInvitation",
    "members.disable",
    "members.enable",
    "members.remove",
    "members.endSession",
    "members.endSessions",
    "members.account",
    "members.takeSecondFactor",
    "members.passwordLink",
  ],
  "roles.read": ["roles.permissions", "roles.bindings"],
  "roles.manage": ["roles.create", "roles.update", "roles.delete", "roles.bind", "roles.unbind"],
  "tokens.create": ["tokens.create"],
  "providers.read": ["providers.list", "providers.file"],
  "providers.manage": [
    "providers.create",
    "providers.update",
    "providers.remove",
    "providers.test",
    "providers.testResult",
  ],
  "organisation.manage": [
    "organisations.rename",
    "organisations.setSignInRule",
    "storage.overview",
    "storage.retention",
    "storage.setRetention",
    "organisations.requestDeletion",
    "organisations.cancelDeletion",
  ],
  "organisation.view-as": ["signIn.viewAs"],
};

/** A person's own things, whatever their roles; nobody who is not signed in. */
export const own: readonly string[] = [
  "account.acknowledgeNotices",
  "account.confirmConnection",
  "account.connect",
  "account.connections",
  "account.disconnect",
  "account.notices",
  "account.offeredConnection",
  "account.rename",
  "frame.access",
  "frame.changes",
  "frame.find",
  "members.accept",
  "members.leave",
  "organisations.current",
  "roles.explain",
  "roles.list",
  "signIn.beginSecondFactor",
  "signIn.changePassword",
  "signIn.confirmSecondFactor",
  "signIn.disableSecondFactor",
  "signIn.me",
  "signIn.organisations",
  "signIn.renewRecoveryCodes",
  "signIn.revokeOtherSessions",
  "signIn.revokeSession",
  "signIn.secondFactor",
  "signIn.sessions",
  "signIn.stopViewAs",
  "signIn.switchOrganisation",
  "tokens.list",
  "tokens.revoke",
];

/** For everybody, signed in or not: the ways in. */
export const open: readonly string[] = [
  "account.passwordLink",
  "account.setPasswordByLink",
  "members.invitation",
  "members.joinWithPassword",
  "signIn.providers",
  "signIn.signIn",
  "signIn.signInWithCode",
  "signIn.signOut",
];

/** Of those above, what an API token may ask for too. */
export const ownOfTokens: readonly string[] = [
  "frame.access",
  "frame.changes",
  "organisations.current",
  "roles.explain",
  "roles.list",
  "signIn.me",
];
