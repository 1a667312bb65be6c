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
  readonly input?: (at: Target) => unknown;
}

const view = { scope: "", range: "1h" };
const everyone = "OPSTAV";
/** Read wherever one may; what is outside is left out, or is the same thing. */
const narrowed = (input?: Row["input"]): Row => ({
  all: everyone,
  cluster: [everyone, "same"],
  namespace: [everyone, "same"],
  tier: [everyone, "same"],
  ...(input ? { input } : {}),
});
const ofCluster = (all: string, input: Row["input"], outside: Outside = "none"): Row => ({
  all,
  cluster: [all, outside],
  ...(input ? { input } : {}),
});
/** Of the whole organisation: a role with any limit does not carry it. */
const wide = (all: string): Row => ({ all });
const clusterId = ({ cluster }: Target) => ({ clusterId: cluster });
const policyView = ({ policy }: Target) => ({ policyId: policy, view });
const pair = ({ cluster, namespace, peer }: Target) => ({
  publications: [{ sourceClusterId: cluster, namespace, targetClusterId: peer }],
});
const ofPolicy = (all: string, input: Row["input"], outside: Outside = "none"): Row => ({
  all,
  cluster: [all, outside],
  namespace: [all, outside],
  tier: [all, outside],
  ...(input ? { input } : {}),
});

export const rows: Readonly<Record<string, Row>> = {
  "clusters.list": narrowed(),
  "clusters.get": { ...narrowed(clusterId), cluster: [everyone, "none"] },
  "clusters.status": { ...narrowed(clusterId), cluster: [everyone, "none"] },
  "clusters.objects": {
    ...narrowed(({ cluster }) => ({ clusterId: cluster, tab: "workloads" })),
    cluster: [everyone, "none"],
  },
  "clusters.object": {
    ...narrowed(({ cluster, namespace, workload }) => ({
      clusterId: cluster,
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace,
      name: workload,
    })),
    cluster: [everyone, "none"],
    namespace: [everyone, "none"],
  },
  "clusters.connectDefaults": ofCluster("OP", undefined, "same"),
  // A list of clusters does not hold one that is yet to join.
  "clusters.connect": { all: "OP", input: ({ clusterName }) => ({ name: clusterName }) },
  "clusters.newGrant": ofCluster("OP", clusterId),
  "clusters.setLabels": ofCluster("OP", ({ cluster }) => ({ clusterId: cluster, labels: { env: "demo" } })),
  "clusters.revokeGrants": ofCluster("OP", clusterId),
  "clusters.revokeAgent": ofCluster("OP", clusterId),
  "clusters.delete": ofCluster("OP", ({ cluster }) => ({ clusterId: cluster, confirmName: "another" })),

  "overview.state": narrowed(() => ({ view })),
  "overview.denied": narrowed(() => ({ view })),
  "graph.edges": narrowed(() => ({ view })),
  "graph.history": narrowed(({ cluster, namespace, workload }) => {
    const end = { clusterId: cluster, kind: "Deployment", namespace, name: workload };
    return { view, edge: { source: end, dest: end, protocol: "tcp", port: 80 } };
  }),
  "evidence.summary": narrowed(() => ({ view })),
  "flows.page": narrowed(() => ({ view, q: "" })),
  "flows.since": narrowed(() => ({ view, q: "", cursor: "" })),
  "flows.histogram": narrowed(() => ({ view, q: "" })),
  "flows.facets": narrowed(() => ({ view, q: "" })),
  "flows.detail": {
    ...narrowed(({ flow }) => ({ id: flow })),
    cluster: [everyone, "none"],
    namespace: [everyone, "none"],
  },
  "frame.scopeOptions": narrowed(),

  "policies.board": narrowed(() => ({ view })),
  "policies.get": ofPolicy(everyone, policyView),
  "policies.hitSeries": ofPolicy(everyone, policyView),
  "policies.editor": narrowed(),
  "policies.selects": narrowed(({ yaml, placement }) => ({ yaml, placement })),
  "policies.saveRevision": ofPolicy("OST", ({ policy, yaml, placement }) => ({ policyId: policy, yaml, placement })),
  "policies.applyRevision": ofPolicy("OST", ({ policy, revision }) => ({ policyId: policy, revisionId: revision })),
  "policies.move": ofPolicy("OST", ({ policy, otherTier }) => ({ policyId: policy, tier: otherTier })),
  "policies.withdraw": ofPolicy("OST", ({ draft }) => ({ policyId: draft })),
  "tiers.create": { all: "OS", tier: ["OS", "refused"], input: ({ tier }) => ({ name: tier, order: 7 }) },

  "publications.overview": narrowed(),
  "publications.approve": { all: "OPS", cluster: ["", "none"], namespace: ["OPS", "refused"], input: pair },
  "publications.withdraw": { all: "OPS", cluster: ["", "none"], namespace: ["OPS", "refused"], input: pair },

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
