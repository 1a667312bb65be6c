import { randomUUID } from "node:crypto";
import { addMember, createDatabase, createSignInSession, type Database } from "@isthmus/db";
import { startTestDatabase } from "@isthmus/db/testing";
import { createFlowStore } from "@isthmus/flow-store";
import { generateLinkKey } from "@isthmus/protocol";
import { Client } from "pg";
import pino from "pino";
import type { WebConfig } from "../src/config";
import { createAuthorities } from "../src/server/authority";
import { createChanges } from "../src/server/changes";
import { appRouter } from "../src/server/router";
import { createAuthorRulesReader } from "../src/server/numbered-flows";
import { createMetrics } from "../src/server/metrics";
import { createRefusals } from "../src/server/refusal";
import { contextOf } from "../src/server/request";
import type { Server } from "../src/server/server";
import { createSessionWatch } from "../src/server/session-watch";
import { hashSecret, newSecret } from "../src/server/random-secret";
import { sessionCookieName } from "../src/server/session-token";
import { createCallerFactory } from "../src/server/trpc";

const createCaller = createCallerFactory(appRouter);

/** The API as one person calls it. */
export type Caller = ReturnType<typeof createCaller>;

/** A clock that a test turns. */
export interface TestClock {
  now(): number;
  sleep(): Promise<void>;
  advance(ms: number): void;
}

/** Postgres, the server's parts and callers of the whole router in as many organisations as a test wants. */
export interface TestWeb {
  readonly database: Database;
  readonly server: Server;
  readonly clock: TestClock;
  readonly ownerUrl: string;
  readonly superuserUrl: string;
  /** The ids of the signing keys that a gateway registered. */
  readonly keyIds: readonly string[];
  /** Makes an organisation with one person, who holds a role everywhere in it, and calls as that person. */
  organisation(name: string, role?: string): Promise<Omit<TestMember, "email"> & { readonly id: string }>;
  /** Makes another member of an organisation, who holds a role everywhere in it or none, and calls as that person. */
  member(organisationId: string, name: string, role: string | null): Promise<TestMember>;
  /** Signs somebody in who is a member already, and calls as them. */
  session(organisationId: string, personId: string): Promise<Pick<TestMember, "as" | "headers">>;
  /** Calls as whoever holds an API token. */
  withToken(secret: string): Caller;
  stop(): Promise<void>;
}

/** A person in an organisation, with a session of theirs. */
export interface TestMember {
  readonly personId: string;
  readonly email: string;
  readonly as: Caller;
  /** What the browser of the session sends. */
  readonly headers: Readonly<Record<string, string>>;
}

function testClock(): TestClock {
  let now = Date.parse("2026-11-23T12:00:00Z");
  return { now: () => now, sleep: () => Promise.resolve(), advance: (ms) => void (now += ms) };
}

const config = (databaseUrl: string): WebConfig => ({
  publicUrl: "http://localhost:7400",
  databaseUrl,
  // Nothing listens here: these tests are about what Postgres holds, and pages must stand when evidence is away.
  clickhouse: { url: "http://127.0.0.1:9", user: "isthmus", password: "", database: "isthmus" },
  retentionDays: 7,
  gatewayUrls: ["wss://mesh.example.org"],
  agentImage: "registry.example.org/isthmus-agent:0.1.0",
  agentManifest: new URL("../../../deploy/agent/agent.yaml", import.meta.url).pathname,
  bootstrap: undefined,
  accessFile: undefined,
  secretsKey: undefined,
  logLevel: "silent",
  metricsListen: undefined,
});

async function registerKeys(ownerUrl: string): Promise<string[]> {
  const keys = [generateLinkKey(), generateLinkKey()];
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  for (const [index, key] of keys.entries()) {
    await client.query("insert into signing_key (key_id, public_key, state) values ($1, $2, $3)", [
      key.id,
      Buffer.from(key.publicKey),
      index === 0 ? "current" : "next",
    ]);
  }
  await client.end();
  return keys.map((key) => key.id);
}

async function makeOrganisation(ownerUrl: string, name: string): Promise<{ id: string; personId: string }> {
  const id = randomUUID();
  const personId = randomUUID();
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select set_config('isthmus.organisation', $1, true)", [id]);
  await client.query("set local row_security = on");
  await client.query("insert into organisation (id, name) values ($1, $2)", [id, name]);
  await client.query("commit");
  await client.end();
  return { id, personId };
}

interface Who {
  readonly organisationId: string;
  readonly personId: string;
}

/** Signs a person in; each call's context is then read from the session's cookie, as for a browser. */
async function signedIn(server: Server, { organisationId, personId }: Who) {
  const token = newSecret();
  const createdAt = new Date(server.clock.now());
  await server.database.forOrganisation(organisationId).transaction((tx) =>
    createSignInSession(tx, {
      id: randomUUID(),
      personId,
      tokenHash: hashSecret(token),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + 365 * 86_400_000),
      ip: "192.0.2.7",
      userAgent: "test",
      proof: { kind: "password", secondFactor: false },
    }),
  );
  const { publicUrl } = server.config;
  const headers = { cookie: `${sessionCookieName(publicUrl)}=${token}`, "x-isthmus-peer": "192.0.2.7" };
  return { headers, as: callerWith(server, headers) };
}

const callerWith = (server: Server, headers: Readonly<Record<string, string>>): Caller =>
  createCaller(() => contextOf(server, new Request(`${server.config.publicUrl}/api/trpc`, { headers }), new Headers()));

/** Starts Postgres with all migrations and the parts of the web server that talk to it. */
export async function startTestWeb(): Promise<TestWeb> {
  const postgres = await startTestDatabase();
  const database = createDatabase(postgres.appUrl);
  const flows = createFlowStore(config(postgres.appUrl).clickhouse);
  const clock = testClock();
  const keyIds = await registerKeys(postgres.ownerUrl);
  const sessionWatch = createSessionWatch({
    clock,
    everyMs: 3_600_000,
    onError: () => undefined,
    findLive: () => Promise.resolve([]),
  });
  const server: Server = {
    config: config(postgres.appUrl),
    log: pino({ level: "silent" }),
    clock,
    database,
    flows,
    changes: createChanges(),
    sessionWatch,
    authorRules: createAuthorRulesReader(),
    authorities: createAuthorities(),
    refusals: createRefusals(),
    metrics: createMetrics({ streams: () => sessionWatch.open(), pools: () => [database.poolUse()] }),
    ready: () => database.ping(),
    stop: () => Promise.resolve(),
  };
  return {
    database,
    server,
    clock,
    keyIds,
    ownerUrl: postgres.ownerUrl,
    superuserUrl: postgres.superuserUrl,
    organisation: async (name, role = "owner") => {
      const { id, personId } = await makeOrganisation(postgres.ownerUrl, name);
      await database.forOrganisation(id).transaction((tx) =>
        addMember(tx, {
          personId,
          email: `${role}@${name}.example.org`,
          displayName: `${role} of ${name}`,
          passwordHash: null,
          mustChangePassword: false,
          role,
        }),
      );
      return { id, personId, ...(await signedIn(server, { organisationId: id, personId })) };
    },
    member: async (organisationId, name, role) => {
      const email = `${name}-${randomUUID().slice(0, 8)}@example.org`;
      const personId = await database.forOrganisation(organisationId).transaction((tx) =>
        addMember(tx, {
          personId: randomUUID(),
          email,
          displayName: name,
          passwordHash: null,
          mustChangePassword: false,
          role,
        }),
      );
      return { personId, email, ...(await signedIn(server, { organisationId, personId })) };
    },
    session: (organisationId, personId) => signedIn(server, { organisationId, personId }),
    withToken: (secret) => callerWith(server, { authorization: `Bearer ${secret}`, "x-isthmus-peer": "192.0.2.8" }),
    stop: async () => {
      sessionWatch.close();
      await flows.close();
      await database.close();
      await postgres.stop();
    },
  };
}
