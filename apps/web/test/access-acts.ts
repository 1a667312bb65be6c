import { all, fresh, type Asker, type Things } from "./support/access-things";
import type { Headers } from "./support/access-world";
import type { Target } from "./access-table";

/** How a procedure is asked for something that it can do, so that "answered" means done. */
export interface Act {
  /** Makes what is asked about, where it is used up by an answer, and says what is asked. */
  readonly input?: (things: Things, at: Target, asker: Asker) => unknown;
  /** The action that stands in the audit log afterwards. */
  readonly action?: string;
  /** In how many entries it stands, of whatever organisations' logs; one unless said. */
  readonly entries?: number;
  /** A text that the answer about something inside a limit holds. */
  readonly tells?: (at: Target) => string;
  /** The session that asks, where not every session may. */
  readonly session?: (things: Things, asker: Asker) => Promise<Headers>;
  /** Makes what was there before, for whoever asks next. */
  readonly after?: (things: Things, at: Target) => unknown;
  /** What whoever asked has to ask next, to be who they were. */
  readonly thenAsk?: string;
}

const view = { scope: "", range: "1h" };
const clusterId = ({ cluster }: Target) => ({ clusterId: cluster });
const reads = (input: (at: Target) => unknown, tells?: Act["tells"]): Act => ({
  input: (_, at) => input(at),
  ...(tells === undefined ? {} : { tells }),
});
const inView = (tells: Act["tells"]): Act => reads(() => ({ view }), tells);
const flowsInView = (tells: Act["tells"], more = {}): Act => reads(() => ({ view, q: "", ...more }), tells);
const ofCluster = (action: string): Act => ({ input: (_, at) => clusterId(at), action });
const theCluster = ({ cluster }: Target) => cluster;
const thePolicy = ({ policy }: Target) => policy;
const theWorkload = ({ workload }: Target) => workload;

const clusters: Readonly<Record<string, Act>> = {
  "clusters.list": { tells: theCluster },
  "clusters.get": reads(clusterId, ({ clusterName }) => clusterName),
  "clusters.status": reads(clusterId, theCluster),
  "clusters.objects": reads((at) => ({ ...clusterId(at), tab: "workloads" }), theWorkload),
  "clusters.object": reads(
    ({ cluster, namespace, workload }) => ({
      clusterId: cluster,
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace,
      name: workload,
    }),
    theWorkload,
  ),
  "clusters.connectDefaults": { tells: () => "pinnedKeys" },
  "clusters.connect": { input: () => ({ name: fresh("new") }), action: "cluster.connect" },
  "clusters.newGrant": ofCluster("grant.create"),
  "clusters.enrolment": { tells: () => "redemptions" },
  "clusters.connectFleet": { input: () => ({ namePrefix: fresh("fleet") }), action: "grant.create" },
  "clusters.revokeFleetGrant": { input: (things) => things.fleetGrant(), action: "grant.revoke" },
  "clusters.decideRedemption": {
    input: async (things, at) => ({ redemptionId: await things.redemption(at), decision: "approve" }),
    action: "redemption.approve",
  },
  "clusters.setLabels": {
    input: (_, at) => ({ ...clusterId(at), labels: { env: fresh("env") } }),
    action: "cluster.label",
  },
  "clusters.revokeGrants": ofCluster("grant.revoke"),
  "clusters.revokeAgent": ofCluster("agent.revoke"),
  "clusters.delete": {
    input: async (things, at) => {
      const { clusterId: id, name } = await things.cluster(at);
      return { clusterId: id, confirmName: name };
    },
    action: "cluster.delete",
  },
};

const connectivity: Readonly<Record<string, Act>> = {
  "connectivity.matrix": { tells: theCluster },
  "connectivity.pair": reads(({ cluster, peer }) => ({ from: cluster, to: peer }), theCluster),
  "connectivity.probeManifest": { input: () => ({}), tells: () => "isthmus.io/probe" },
  "connectivity.setProbes": { input: (_, at) => ({ ...clusterId(at), enabled: true }), action: "probes.enable" },
  "connectivity.approveManifest": { input: (things, at) => things.cure(at), action: "connectivity.approve" },
};

const evidence: Readonly<Record<string, Act>> = {
  "examination.get": reads(clusterId, () => "mesh.pod-ranges"),
  "examination.lacking": inView(theCluster),
  "examination.ask": ofCluster("cluster.examine"),
  "overview.state": inView(theCluster),
  "overview.denied": inView(() => "shown"),
  "overview.talkers": reads(() => ({ view, side: "source", by: "workload", measure: "connections" }), theWorkload),
  "graph.edges": inView(theCluster),
  "graph.history": reads(({ cluster, namespace, workload }) => {
    const end = { clusterId: cluster, kind: "Deployment", namespace, name: workload };
    return { view, edge: { source: end, dest: { ...end, name: "cart" }, protocol: "tcp", port: 7070 } };
  }),
  "evidence.summary": inView(theCluster),
  "flows.page": flowsInView(theWorkload),
  "flows.since": flowsInView(() => "cursor", { cursor: "0" }),
  "flows.histogram": flowsInView(() => "allow"),
  "flows.facets": flowsInView(({ namespace }) => namespace),
  "flows.detail": reads(({ flow }) => ({ id: flow }), theWorkload),
  "frame.scopeOptions": { tells: theCluster },
};

const policyView = ({ policy }: Target) => ({ policyId: policy, view });
const policies: Readonly<Record<string, Act>> = {
  "policies.board": inView(thePolicy),
  "policies.get": reads(policyView, thePolicy),
  "policies.hitSeries": reads(policyView, () => "steps"),
  "policies.editor": { tells: ({ tier }) => tier },
  "policies.selects": reads(({ yaml, placement }) => ({ yaml, placement })),
  "policies.saveRevision": {
    input: (_, { policy, yaml, placement }) => ({ policyId: policy, yaml, placement }),
    action: "policy.save",
  },
  "policies.applyRevision": {
    input: (_, { policy, revision }) => ({ policyId: policy, revisionId: revision }),
    action: "policy.apply",
  },
  "policies.move": {
    input: async (things, at) => ({ policyId: await things.draft(at), tier: at.otherTier }),
    action: "policy.move",
  },
  "policies.withdraw": {
    input: (_, { policy }) => ({ policyId: policy }),
    action: "policy.withdraw",
    after: (things, at) => things.apply(at),
  },
  "tiers.create": {
    input: (things, at) => ({ name: things.tierName(at), order: Number(fresh("0").slice(2)) + 1_000 }),
    action: "tier.create",
  },
  "publications.overview": { tells: theCluster },
  "publications.approve": {
    input: async (things, at) => {
      await things.unpublished();
      return { publications: [things.pair(at)] };
    },
    action: "publication.approve",
  },
  "publications.withdraw": {
    input: async (things, at) => {
      await things.published(at);
      return { publications: [things.pair(at)] };
    },
    action: "publication.withdraw",
  },
};

const ofMember = (action: string): Act => ({
  input: async (things) => ({ personId: (await things.member()).personId }),
  action,
});
const accountOf = async (things: Things) => ({ personId: (await things.account()).personId });
const members: Readonly<Record<string, Act>> = {
  "members.list": { tells: () => "joinedBy" },
  "members.sessions": { input: ofMember("").input!, tells: () => "lastSeenAt" },
  "members.invite": {
    input: ({ role }) => ({ email: `${fresh("new")}@example.org`, roleId: role, scope: all }),
    action: "member.invite",
  },
  "members.withdrawInvitation": {
    input: async (things) => ({ id: await things.invitation() }),
    action: "member.withdraw-invitation",
  },
  "members.disable": ofMember("member.disable"),
  "members.enable": {
    input: async (things) => ({ personId: await things.shutOut() }),
    action: "member.enable",
  },
  "members.remove": ofMember("member.remove"),
  "members.endSession": { input: (things) => things.session(), action: "member.end-session" },
  "members.endSessions": ofMember("member.end-sessions"),
  "members.account": { input: accountOf, tells: () => '"hasPassword":true,"hasSecondFactor":true' },
  "members.takeSecondFactor": { input: accountOf, action: "account.take-second-factor" },
  "members.passwordLink": { input: accountOf, action: "account.make-password-link", tells: () => "/reset/" },
  "signIn.viewAs": { ...ofMember("view-as.begin"), thenAsk: "signIn.stopViewAs" },
};

const roles: Readonly<Record<string, Act>> = {
  "roles.permissions": { tells: () => "audit.read" },
  "roles.create": { input: () => ({ name: fresh("made"), permissions: ["audit.read"] }), action: "role.create" },
  "roles.update": {
    input: async (things) => ({
      id: await things.customRole(),
      name: fresh("changed"),
      permissions: ["audit.read", "members.read"],
    }),
    action: "role.update",
  },
  "roles.delete": { input: async (things) => ({ id: await things.customRole() }), action: "role.delete" },
  "roles.bindings": { tells: () => "scopeText" },
  "roles.bind": {
    input: async (things) => {
      const { personId } = await things.member();
      return { roleId: things.role, scope: all, holder: { kind: "person", personId } };
    },
    action: "role.bind",
  },
  "roles.unbind": { input: async (things) => ({ id: await things.binding() }), action: "role.unbind" },
  "tokens.create": {
    input: ({ role }) => ({ name: fresh("token"), roleId: role, scope: all }),
    action: "token.create",
  },
};

const providers: Readonly<Record<string, Act>> = {
  "providers.list": { tells: () => "redirectUri" },
  "providers.file": {},
  "providers.create": { input: (things) => things.settings(), action: "provider.create" },
  "providers.update": {
    input: async (things) => ({ ...things.settings(), id: await things.provider() }),
    action: "provider.change",
  },
  "providers.remove": { input: async (things) => ({ id: await things.provider() }), action: "provider.delete" },
  "providers.test": {
    input: async (things) => ({ id: await things.provider(), next: "/" }),
    tells: () => "/authorize?",
  },
  "providers.testResult": {
    input: async (things, _, asker) => ({ token: await things.testResult(asker) }),
    tells: () => "as a test",
  },
};

const keep = (things: Things) => things.kept();
const ofSeveral = async (things: Things) => ({ email: (await things.accountOfSeveral()).email });
const organisations: Readonly<Record<string, Act>> = {
  "organisations.rename": { input: () => ({ name: fresh("renamed") }), action: "organisation.rename" },
  "storage.overview": { input: () => ({ clusterId: null }), tells: theCluster },
  "storage.retention": { tells: () => "defaults" },
  "storage.setRetention": { input: () => ({ days: { flows: 30 } }), action: "organisation.retention" },
  "organisations.setSignInRule": {
    session: (things, asker) => things.proven(asker),
    input: () => ({ requiresOwnProvider: true }),
    action: "organisation.sign-in-rule",
    after: (things) => things.sql("update organisation set requires_own_provider = false"),
  },
  "organisations.requestDeletion": {
    input: async (things) => ({ confirmName: await things.renamed() }),
    action: "organisation.request-deletion",
    after: keep,
  },
  "organisations.cancelDeletion": {
    input: (things) => things.toBeDeleted(),
    action: "organisation.keep",
    after: keep,
  },
  "organisations.list": { tells: () => "members" },
  "organisations.create": {
    input: () => ({ name: fresh("founded"), ownerEmail: `${fresh("founder")}@example.org` }),
    action: "organisation.add",
  },
  "organisations.inviteFirstOwner": {
    input: async (things) => ({
      organisationId: (await things.organisation()).id,
      email: `${fresh("first")}@example.org`,
    }),
    tells: () => "/join/",
  },
  // Here, and in both organisations of whom is helped.
  "organisations.takeSecondFactor": { input: ofSeveral, action: "account.take-second-factor", entries: 3 },
  "organisations.passwordLink": {
    input: ofSeveral,
    action: "account.make-password-link",
    entries: 3,
    tells: () => "/reset/",
  },
  "organisations.renameOther": {
    input: async (things) => ({ organisationId: (await things.organisation()).id, name: fresh("renamed") }),
    action: "organisation.rename",
  },
  "organisations.requestDeletionOf": {
    input: async (things) => {
      const { id, name } = await things.organisation();
      return { organisationId: id, confirmName: name };
    },
    action: "organisation.request-deletion",
  },
  "organisations.cancelDeletionOf": {
    input: async (things) => {
      const { id } = await things.organisation();
      await things.toBeDeleted(id);
      return { organisationId: id };
    },
    action: "organisation.keep",
  },
};

const audit: Readonly<Record<string, Act>> = {
  "audit.list": { input: () => ({}), tells: () => "actor" },
  "audit.verify": { tells: () => "intact" },
  "audit.facets": { tells: () => "actions" },
};

/** By procedure; each that is in access-table.ts has one. */
export const acts: Readonly<Record<string, Act>> = {
  ...clusters,
  ...connectivity,
  ...evidence,
  ...policies,
  ...members,
  ...roles,
  ...providers,
  ...organisations,
  ...audit,
};
