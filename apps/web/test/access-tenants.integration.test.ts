import { randomUUID } from "node:crypto";
import { listen, publish, type Listener, type Topic } from "@isthmus/db";
import { insertOneOfEverything } from "@isthmus/db/testing";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAuditExport } from "../src/features/audit/server";
import { openManifestLink } from "../src/features/clusters/server";
import { openOrganisationExport } from "../src/features/organisations/server";
import { createChanges } from "../src/server/changes";
import { systemClock } from "../src/server/clock";
import { download } from "../src/server/download";
import { handleApiRequest } from "../src/server/handler";
import type { Server } from "../src/server/server";
import { createSessionWatch } from "../src/server/session-watch";
import { acts } from "./access-acts";
import { open, own, rows, type Target } from "./access-table";
import { fingerprinter, plantCanaries, plantFlows, plantNotices, type Canaries } from "./support/canaries";
import { currentSession, fresh, offerConnection, type Asker, type Things } from "./support/access-things";
import {
  ask,
  described,
  startAccessWorld,
  type AccessWorld,
  type Headers,
  type SeededOrganisation,
} from "./support/access-world";

let world: AccessWorld;
let superuser: Client;
let fingerprintOf: (organisationId: string) => Promise<string>;
let ours: SeededOrganisation;
/** Has the same names everywhere. */
let theirs: SeededOrganisation;
let theirTarget: Target;
/** Has one of everything, and a canary in each text that an organisation owns. */
let planted: Asker & {
  readonly things: Things;
  readonly target: Target;
  readonly canaries: Canaries;
  readonly account: Account;
};
/** Somebody's own, with a canary in each text of it. */
interface Account {
  readonly headers: Headers;
  readonly providerId: string;
  /** Has a connection offered to them; its token. */
  readonly offer: () => Promise<string>;
}
/** Nothing of these may come to us. */
let secrets: readonly string[];

const view = { scope: "", range: "1h" };
const place = { cluster: "eu-west", namespace: "boutique", workload: "frontend", tier: "team" };

async function plant() {
  const { web, server } = world;
  const organisationId = randomUUID();
  const { ids, ownerId } = await inOrganisation(organisationId);
  const flowTexts = await plantFlows(world.flows, { organisationId, clusterId: ids.cluster, nowMs: Date.now() });
  const canaries = await plantCanaries(web.superuserUrl, organisationId);
  const maker = { organisationId, personId: ownerId, ...(await web.session(organisationId, ownerId)) };
  const everywhere = { organisationId, places: "all" as const };
  const range = { fromMs: Date.now() - 3_600_000, toMs: Date.now() };
  const flow = (await server.flows.flowPage(everywhere, { range, limit: 1 })).flows[0]!.id;
  const target: Target = {
    ...place,
    cluster: ids.cluster,
    clusterName: "eu-west",
    otherTier: "team-two",
    policy: ids.policy,
    revision: ids.revision,
    draft: ids.policy,
    yaml: "",
    placement: "all()",
    flow,
    peer: ids.other,
    inside: false,
  };
  const texts = new Map([
    ...canaries.texts,
    ...(await plantNotices(superuser, ids.person)),
    ...flowTexts.map((text) => [`flow ${text}`, text] as const),
    ["the address of an offered connection", offeredAddress],
  ]);
  const account = await accountOf(ids, { organisationId, texts });
  return { ...maker, things: world.thingsOf(maker), target, canaries: { ...canaries, texts }, account };
}

const offeredAddress = "canary-of-an-offer@planted.example";

/** What is the person's own whom the canaries went to. */
async function accountOf({ person, provider }: { readonly person: string; readonly provider: string }, at: Planted) {
  const { as, headers } = await world.web.session(at.organisationId, person);
  const issuer = at.texts.get("identity_provider.issuer")!;
  const of = { personId: person, providerId: provider, issuer, email: offeredAddress };
  const offered = { ...of, sessionId: await currentSession(as) };
  return { headers, providerId: provider, offer: () => offerConnection(world.server, offered) };
}
interface Planted {
  readonly organisationId: string;
  readonly texts: ReadonlyMap<string, string>;
}

/** One of everything, and an owner whose row no canary goes into. */
async function inOrganisation(id: string) {
  const ownerId = randomUUID();
  await superuser.query("begin");
  await superuser.query("select set_config('isthmus.organisation', $1, true)", [id]);
  await superuser.query("insert into organisation (id, name) values ($1, 'planted')", [id]);
  await superuser.query("select add_member($1, 'owner@planted.example', 'Owner', null, false, 'owner')", [ownerId]);
  const ids = await insertOneOfEverything(superuser, id);
  await superuser.query(
    `insert into role_binding (id, organisation_id, role_id, provider_id, group_name, scope)
     values (gen_random_uuid(), $1, 'viewer', $2, 'sre', everywhere())`,
    [id, ids.provider],
  );
  // What an owner has put on the sign-in page is for everybody to read.
  await superuser.query("update identity_provider set shown = false where id = $1", [ids.provider]);
  await superuser.query("commit");
  return { ids, ownerId };
}

beforeAll(async () => {
  world = await startAccessWorld();
  superuser = new Client({ connectionString: world.web.superuserUrl });
  await superuser.connect();
  fingerprintOf = await fingerprinter(superuser);
  ours = await world.seeded("ours", "canary-of-ours");
  theirs = await world.seeded("theirs", "canary-of-theirs");
  await ours.targetAt(place);
  theirTarget = await theirs.targetAt(place);
  planted = await plant();
  const { policy, revision, draft, flow } = theirTarget;
  const { id, personId } = theirs.owner;
  const known = ["canary-of-theirs", ...Object.values(theirs.ids), policy, revision, draft, flow, id, personId];
  secrets = [...known, ...planted.canaries.texts.values(), ...planted.canaries.values, planted.target.flow];
}, 120_000);
afterAll(async () => {
  await superuser?.end();
  await world?.stop();
});

const leaked = (raw: string) => secrets.filter((secret) => raw.includes(secret));

/** What an act of one's own is asked with, to reach another person's or organisation's. */
const reaching: Readonly<Record<string, (at: Target, of: Asker) => unknown>> = {
  "account.confirmConnection": async () => ({ token: await planted.account.offer() }),
  "account.connect": () => ({ id: planted.account.providerId }),
  "account.disconnect": () => ({ id: planted.account.providerId }),
  "account.offeredConnection": async () => ({ token: await planted.account.offer() }),
  "account.rename": () => ({ displayName: "Eve" }),
  "frame.find": () => ({ text: "canary" }),
  "members.accept": () => ({ token: "a".repeat(43) }),
  "members.invitation": () => ({ token: "a".repeat(43) }),
  "members.joinWithPassword": () => ({ token: "a".repeat(43), displayName: "Eve", password: "a password of twelve" }),
  "roles.explain": ({ cluster }, { personId }) => ({
    permission: "clusters.read",
    resource: { kind: "cluster", clusterId: cluster },
    personId,
  }),
  "signIn.providers": () => ({ email: "somebody@elsewhere.example" }),
  "signIn.revokeSession": () => ({ id: planted.canaries.values[0] }),
  "signIn.switchOrganisation": (_, { organisationId }) => ({ id: organisationId }),
  "tokens.list": () => ({ whose: "all" }),
  "tokens.revoke": () => ({ id: planted.canaries.values[0] }),
};
/** Asked besides with words that only the other organisation has. */
const searching: Readonly<Record<string, unknown>> = {
  "audit.list": { text: "canary" },
  "flows.page": { view, q: 'namespace = "canary-flow-source-namespace"' },
  "flows.facets": { view, q: 'namespace = "canary-flow-source-namespace"' },
  "frame.find": { text: "canary-cluster" },
};

const paths = [...Object.keys(rows), ...own, ...open].filter((path) => path !== "frame.changes");

/** Asks as one of us for what is another organisation's; what came back of it, and whether anything there changed. */
async function reach(server: Server, path: string, headers: Headers) {
  const others = [
    { ...theirs.owner, organisationId: theirs.owner.id, things: theirs.things, target: theirTarget },
    planted,
  ];
  const found: string[] = [];
  for (const other of others) {
    const made = await Promise.resolve(acts[path]?.input?.(other.things, other.target, other)).catch(() => undefined);
    const changes = described.get(path)?.type === "mutation";
    const before = changes ? await fingerprintOf(other.organisationId) : "";
    for (const input of [made ?? (await reaching[path]?.(other.target, other)), searching[path]]) {
      const { raw } = await ask(server, { path, input, headers });
      found.push(...leaked(raw));
      if (searching[path] === undefined) break;
    }
    const after = changes ? await fingerprintOf(other.organisationId) : "";
    if (after !== before) found.push("it changed something there");
  }
  return found;
}

// Whoever leaves or signs out is somebody else each time.
const oneOfUs = async (role: string | null) => (await world.web.member(ours.owner.id, fresh("us"), role)).headers;

describe("another organisation with the same names, asked by its ids", () => {
  it.each(paths)("%s tells and changes nothing of it", async (path) => {
    expect(await reach(world.server, path, await oneOfUs("owner"))).toEqual([]);
  });

  it("has all that was asked for, and tells it to its own", async () => {
    const policy = acts["policies.get"]!.input!(theirs.things, theirTarget, { ...planted });
    const board = await ask(world.server, { path: "policies.get", input: policy, headers: theirs.owner.headers });
    expect(board.raw).toContain("canary-of-theirs");
    let told = "";
    for (const path of Object.keys(rows)) {
      if (acts[path]?.action !== undefined) continue;
      const input = searching[path] ?? acts[path]?.input?.(planted.things, planted.target, planted);
      told += (await ask(world.server, { path, input, headers: planted.headers })).raw;
    }
    for (const path of ["account.connections", "account.notices", "account.offeredConnection"]) {
      const input = await reaching[path]?.(planted.target, planted);
      told += (await ask(world.server, { path, input, headers: planted.account.headers })).raw;
    }
    for (const each of downloads) told += await fetched(each, planted.headers);
    const shown = [...planted.canaries.texts].flatMap(([column, text]) => (told.includes(text) ? [column] : []));
    expect(shown).toEqual(expect.arrayContaining([...toldToItsOwn]));
    expect(shown.length, "of the texts of an organisation that are read by its owner").toBeGreaterThan(75);
  });
});

describe("what opens an account", () => {
  it("is said of a member of another organisation as of nobody", async () => {
    const headers = await oneOfUs("owner");
    const { personId } = await planted.things.account();
    const told = async (of: string) =>
      (await ask(world.server, { path: "members.account", input: { personId: of }, headers })).raw;
    expect(await told(personId)).toBe(await told(randomUUID()));
  });
});

/** Some of the texts that no other organisation reads, which were there to be read. */
const toldToItsOwn = [
  "api_token.name",
  "audit_entry.actor_name",
  "audit_entry.detail",
  "audit_entry.ip",
  "cluster.labels",
  "cluster.name",
  "identity_provider.issuer",
  "identity_provider.name",
  "invitation.email",
  "organisation.name",
  "person.display_name",
  "person.email",
  "person_group.group_name",
  "person_identity.email",
  "person.password_reset_at",
  "person.second_factor_taken_at",
  "policy.name",
  "policy_application.comment",
  "policy_revision.comment",
  "policy_revision.manifest_yaml",
  "refused_connection.message",
  "role.description",
  "role.name",
  "role_binding.group_name",
  "tier.description",
  "tier.name",
  "the address of an offered connection",
  "flow canary-flow-source-label",
  "flow canary-flow-source-namespace",
  "flow canary-flow-dest-workload",
  "flow canary-flow-service",
  "flow canary-flow-enforced-policy",
  "flow canary-flow-pending-tier",
] as const;

const downloads = [
  { permission: "audit.export", open: openAuditExport },
  { permission: "organisation.manage", open: openOrganisationExport },
] as const;
const fetched = async (route: (typeof downloads)[number], headers: Headers, query = "") => {
  const request = new Request(`http://localhost:7400/api/export/x${query}`, {
    headers: { "sec-fetch-site": "same-origin", ...headers },
  });
  return (await download(world.server, request, route)).text();
};

describe("what is no procedure", () => {
  it.each(downloads)("the file behind $permission holds nothing of another organisation", async (route) => {
    const headers = await oneOfUs("owner");
    for (const query of [
      "",
      `?text=canary`,
      `?organisationId=${planted.organisationId}`,
      `?actor=${planted.personId}`,
    ]) {
      const text = await fetched(route, headers, query);
      expect(leaked(text)).toEqual([]);
      // The question itself stands in our own log from now on, and the next file would hold it.
      expect(text.length).toBeGreaterThan(20);
    }
  });

  it("the link of another organisation's manifest is nothing without its token", async () => {
    const { manifestUrl, grantId } = await theirs.owner.as.clusters.connect({ name: fresh("linked") });
    const our = await ours.owner.as.clusters.connect({ name: fresh("linked") });
    const [theirToken, ourToken] = [manifestUrl, our.manifestUrl].map((url) => url.slice(url.lastIndexOf("/") + 1));
    const fetchLink = (grant: string, token = "") =>
      openManifestLink({ server: world.server, ip: "192.0.2.1" }, { grantId: grant, token });
    for (const token of [ourToken, "a".repeat(43), ""]) {
      const answer = await fetchLink(grantId, token);
      expect(answer).toEqual(await fetchLink(randomUUID(), token));
      expect(answer.kind).toBe("gone");
    }
    expect(await fetchLink(grantId, theirToken)).toMatchObject({ kind: "manifest" });
  });

  it("the stream of changes says nothing of what happens there", async () => {
    const changes = createChanges();
    const { lookups } = world.web.database;
    const sessionWatch = createSessionWatch({
      clock: systemClock,
      everyMs: 4_000,
      onError: () => undefined,
      findLive: (organisationId, ids) =>
        lookups.listLiveCredentials({ organisationId, ids, now: new Date(world.web.clock.now()) }),
    });
    const server = { ...world.server, changes, sessionWatch };
    const listener: Listener = listen(server.config.databaseUrl, {
      onNotification: (notification) => changes.notify(notification),
      onMaybeMissed: () => undefined,
    });
    const stream = await openStream(server, await oneOfUs("owner"));
    await stream.until("maybe-missed");
    const announce = (organisationId: string, topic: Topic, id: string) =>
      world.web.database.forOrganisation(organisationId).transaction((tx) => publish(tx, { topic, id }));
    const topics = ["session", "desired", "status", "inventory", "evidence", "policy", "audit", "access"] as const;
    const [first, last] = [randomUUID(), randomUUID()];
    // Until it is heard: the connection that listens may be on its way.
    let heard = false;
    const hearing = stream.until(first).then(() => (heard = true));
    while (!heard) await announce(ours.owner.id, "audit", first);
    await hearing;
    for (const topic of topics)
      for (const id of [planted.target.cluster, planted.target.policy, ours.ids["eu-west"]!])
        await announce(planted.organisationId, topic, id);
    await announce(ours.owner.id, "audit", last);
    const seen = await stream.until(last);
    expect(leaked(seen)).toEqual([]);
    expect(seen).not.toContain(ours.ids["eu-west"]);
    await stream.close();
    sessionWatch.close();
    await listener.close();
  });
});

async function openStream(server: Server, headers: Headers) {
  const request = new Request("http://localhost:7400/api/trpc/frame.changes", {
    headers: { accept: "text/event-stream", "sec-fetch-site": "same-origin", ...headers },
  });
  const reader = (await handleApiRequest(server, request)).body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  return {
    until: async (text: string) => {
      while (!seen.includes(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before it said ${text}: ${seen}`);
        seen += value;
      }
      return seen;
    },
    close: () => reader.cancel(),
  };
}

describe("the same with the application's checks taken out, so that what the stores hold apart stands alone", () => {
  it.each(paths)("%s", async (path) => {
    const { authorities, database } = world.server;
    const unchecked: Server = {
      ...world.server,
      authorities: {
        of: async (_, identity) => {
          const person = { ...identity.person, id: ours.owner.personId };
          return authorities.of(database, { ...identity, person });
        },
      },
    };
    expect(await reach(unchecked, path, await oneOfUs(null))).toEqual([]);
  });
});
