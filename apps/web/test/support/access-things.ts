import { randomUUID } from "node:crypto";
import { createCluster, createSignInSession, installationId, storeProvider, type ProviderSettings } from "@isthmus/db";
import { Client } from "pg";
import { putTicket } from "../../src/features/sign-in/server/tickets";
import { hashSecret, newSecret } from "../../src/server/random-secret";
import type { Server } from "../../src/server/server";
import { sessionCookieName } from "../../src/server/session-token";
import type { Target } from "../access-table";
import type { Caller as Api, TestWeb } from "../people";
import type { Headers } from "./access-world";

/** Who asks: a member of an organisation with a session of theirs. */
export interface Asker {
  readonly headers: Headers;
  readonly personId: string;
  readonly organisationId: string;
}

/** A member of an organisation that things are made in, who may do everything there. */
export interface Maker {
  readonly organisationId: string;
  readonly personId: string;
  readonly as: Api;
}

export interface Made {
  readonly web: TestWeb;
  readonly server: Server;
  readonly maker: Maker;
  /** Ids of clusters that are yet to join, and names of tiers that are yet to be made, within limits that name them. */
  readonly spareClusters: string[];
  readonly spareTiers: string[];
  /** An OpenID provider that answers. */
  readonly issuer: string;
}

/** Everywhere. */
export const all = {
  clusters: { kind: "all" as const },
  namespaces: "all" as const,
  tiers: "all" as const,
};

/** What can be asked about, made anew in one organisation, so that each act finds something to act on. */
export type Things = ReturnType<typeof thingsOf>;

let count = 0;
/** A name that nothing else has. */
export const fresh = (word: string): string => `${word}-${(count += 1)}`;

/** The id of the session that somebody calls in. */
export const currentSession = async (as: Api): Promise<string> =>
  (await as.signIn.sessions()).find(({ current }) => current)!.id;

/** A connection that a provider offered to a session, which waits there to be confirmed. */
interface Offer {
  readonly personId: string;
  readonly sessionId: string;
  readonly providerId: string;
  readonly issuer: string;
  readonly email: string;
}

/** Puts what a provider's answer puts; the token by which it is confirmed. */
export const offerConnection = (server: Server, offer: Offer): Promise<string> =>
  putTicket(server, { kind: "oidc-connect", data: { ...offer, subject: offer.email }, forMs: 300_000 });

/** Makes the maker of an organisation's things. */
export function thingsOf(made: Made) {
  const { web, server, maker } = made;
  const { organisationId, as } = maker;
  const installation = organisationId === installationId;
  /** A role that this kind of organisation has. */
  const role = installation ? "installation-administrator" : "viewer";
  const sql = (statement: string, values: readonly unknown[] = [], where = organisationId) =>
    sqlIn(web, where, { statement, values });
  const member = () => web.member(organisationId, fresh("member"), role);
  const now = () => new Date(server.clock.now());
  const emptyOrganisation = async () => {
    const [id, name] = [randomUUID(), fresh("organisation")];
    await sql("insert into organisation (id, name) values ($1, $2)", [id, name], id);
    return { id, name };
  };
  /** Gives a person a password and a second factor. */
  const secure = async (personId: string, where = organisationId) => {
    await sql("update person set password_hash = 'a hash' where id = $1", [personId], where);
    const factor = "insert into person_totp (person_id, secret_sealed, confirmed_at) values ($1, 'x', now())";
    await sql(factor, [personId], where);
  };
  return {
    organisationId,
    role,
    sql,
    member,
    now,
    ...meshOf(made, { sql, now }),
    ...peopleOf(made, { sql, now, member, role }),
    renamed: async () => (await as.organisations.current()).name,
    /** An organisation without members, seen from the installation. */
    organisation: emptyOrganisation,
    /** A member with a password and a second factor. */
    account: async () => {
      const made = await member();
      await secure(made.personId);
      return made;
    },
    /** Somebody with both who belongs to two other organisations, of which neither may help them. */
    accountOfSeveral: async () => {
      const [first, second] = [await emptyOrganisation(), await emptyOrganisation()];
      const made = await web.member(first.id, fresh("member"), "viewer");
      const membership = "insert into membership (organisation_id, person_id) values ($1, $2)";
      await sql(membership, [second.id, made.personId], second.id);
      await secure(made.personId, first.id);
      return made;
    },
    /** A session of a member, and whose it is. */
    session: async () => {
      const { personId, as } = await member();
      return { personId, id: await currentSession(as) };
    },
    toBeDeleted: (id = organisationId) =>
      sql("update organisation set deletion_requested_at = now(), deletion_due_at = now() + interval '7 days'", [], id),
    kept: () => sql("update organisation set deletion_requested_at = null, deletion_due_at = null"),
  };
}

interface Within {
  readonly sql: (statement: string, values?: readonly unknown[]) => Promise<void>;
  readonly now: () => Date;
}

const ranges = new Map<string, string>();
/** A range of pods that no other cluster has. */
function rangeOf(clusterId: string): string {
  const range = ranges.get(clusterId) ?? `10.${200 + ranges.size}.0.0/16`;
  ranges.set(clusterId, range);
  return range;
}

/** Clusters, tiers, policies and publications. */
function meshOf({ web, maker, spareClusters, spareTiers }: Made, { sql, now }: Within) {
  const { organisationId, personId, as } = maker;
  const pairOf = ({ cluster, namespace, peer }: Target) => ({
    sourceClusterId: cluster,
    namespace,
    targetClusterId: peer,
  });
  return {
    tierName: ({ inside }: Target) => (inside ? spareTiers.pop() : undefined) ?? fresh("tier"),
    cluster: async ({ inside }: Target) => {
      const [id, name] = [(inside ? spareClusters.pop() : undefined) ?? randomUUID(), fresh("cluster")];
      const cluster = { id, name, labels: {}, createdBy: personId, at: now() };
      await web.database.forOrganisation(organisationId).transaction((tx) => createCluster(tx, cluster));
      return { clusterId: id, name };
    },
    /** A policy that is applied nowhere. */
    draft: async (at: Target) => {
      const name = fresh("draft");
      const yaml = at.yaml.replace(/name: .*/, `name: ${at.tier}.${name}`);
      return (await as.policies.saveRevision({ yaml, placement: at.placement })).policyId;
    },
    /** Has the policy of the target applied where it was. */
    apply: ({ policy, revision }: Target) => as.policies.applyRevision({ policyId: policy, revisionId: revision }),
    /** A manifest that cures how the cluster reaches its peer, as its page offers it. */
    cure: async ({ cluster, peer }: Target) => {
      const pool = { kind: "IPPool", metadata: { name: "p" }, spec: { cidr: rangeOf(cluster), natOutgoing: true } };
      const facts = "update cluster set pod_cidrs = $2, service_cidrs = $3, routing_kinds = '{IPPool}' where id = $1";
      for (const id of [cluster, peer]) await sql(facts, [id, [rangeOf(id)], ["172.30.0.0/16"]]);
      await sql(
        `insert into inventory_object (organisation_id, cluster_id, api_version, kind, namespace, name, uid, content_hash,
           chunk, body) values ($1, $2, 'projectcalico.org/v3', 'IPPool', '', 'p', 'u', 'h', 0, $3) on conflict do nothing`,
        [organisationId, cluster, JSON.stringify(pool)],
      );
      const { cures } = await as.connectivity.pair({ from: cluster, to: peer });
      const cure = cures.find((each) => each.kind === "manifest" && each.code === "disabled-pool");
      if (cure?.kind !== "manifest") throw new Error("no pool is offered");
      const { kind, metadata } = cure.manifest;
      return { from: cluster, to: peer, clusterId: cluster, kind, name: metadata.name, digest: cure.digest };
    },
    fleetGrant: async () => ({ grantId: (await as.clusters.connectFleet({ namePrefix: fresh("fleet") })).grantId }),
    /** Of a grant of the cluster, waiting for a person. */
    redemption: async ({ cluster }: Target) => {
      const { grantId } = await as.clusters.newGrant({ clusterId: cluster, grant: { approval: true } });
      const id = randomUUID();
      await sql(
        `insert into enrolment_redemption (id, organisation_id, grant_id, cluster_uid, public_key, state)
         values ($1, $2, $3, $4, 'k', 'waiting')`,
        [id, organisationId, grantId, fresh("uid")],
      );
      return id;
    },
    pair: pairOf,
    unpublished: () => sql("delete from identity_publication"),
    published: (at: Target) => as.publications.approve({ publications: [pairOf(at)] }),
  };
}

type WithPeople = Within & { readonly member: () => ReturnType<TestWeb["member"]>; readonly role: string };

/** Members and what is theirs, roles, providers. */
function peopleOf({ web, server, maker, issuer }: Made, { sql, now, member, role }: WithPeople) {
  const { organisationId, as } = maker;
  const settings = (): ProviderSettings => ({
    name: fresh("provider"),
    issuer,
    clientId: "isthmus",
    scopes: ["openid"],
    emailClaim: "email",
    nameClaim: "name",
    groupsClaim: "groups",
    emailsVerified: false,
    joinRule: "invited",
    domains: [],
    shown: false,
    enabled: true,
  });
  const provider = async () => {
    const id = randomUUID();
    const stored = { id, settings: settings(), clientSecretSealed: null, origin: "app", by: null, at: now() } as const;
    await web.database.forOrganisation(organisationId).transaction((tx) => storeProvider(tx, stored));
    return id;
  };
  return {
    settings,
    provider,
    shutOut: async () => {
      const { personId } = await member();
      await sql("update membership set disabled_at = now() where person_id = $1", [personId]);
      return personId;
    },
    invitation: async () =>
      (await as.members.invite({ email: `${fresh("invited")}@example.org`, roleId: role, scope: all })).id,
    customRole: async () => (await as.roles.create({ name: fresh("role"), permissions: ["audit.read"] })).id,
    binding: async () => {
      const { personId } = await member();
      return (await as.roles.bind({ roleId: role, scope: all, holder: { kind: "person", personId } })).id;
    },
    /** The result of a provider's test, for whoever tested it. */
    testResult: ({ personId }: Asker) =>
      putTicket(server, {
        kind: "oidc-test",
        data: { personId, providerId: "", result: { kind: "failed", code: "tried", detail: "as a test" } },
        forMs: 60_000,
      }),
    /** Another session of the same person, proven by the organisation's own provider. */
    proven: async ({ personId }: Asker): Promise<Headers> => {
      const token = newSecret();
      const own = {
        providerId: await provider(),
        providerOrganisationId: organisationId,
        idTokenSealed: null,
        sid: null,
      };
      const expiresAt = new Date(now().getTime() + 3_600_000);
      await web.database.forOrganisation(organisationId).transaction((tx) =>
        createSignInSession(tx, {
          id: randomUUID(),
          personId,
          tokenHash: hashSecret(token),
          createdAt: now(),
          expiresAt,
          ip: "192.0.2.7",
          userAgent: "test",
          proof: { kind: "provider", ...own },
        }),
      );
      return { cookie: `${sessionCookieName(server.config.publicUrl)}=${token}` };
    },
  };
}

/** Runs SQL as the tables' owner within an organisation. */
export async function sqlIn(
  { ownerUrl }: Pick<TestWeb, "ownerUrl">,
  organisationId: string,
  { statement, values = [] }: { readonly statement: string; readonly values?: readonly unknown[] },
): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select set_config('isthmus.organisation', $1, true)", [organisationId]);
  await client.query(statement, [...values]);
  await client.query("commit");
  await client.end();
}
