import { randomUUID } from "node:crypto";
import { addMember, createDatabase, listAudit, listen, type Database, type Listener } from "@isthmus/db";
import { startTestDatabase, type TestDatabase } from "@isthmus/db/testing";
import { createFlowStore, migrateFlowStore, type FlowStore } from "@isthmus/flow-store";
import { startTestFlowStore, type TestFlowStore } from "@isthmus/flow-store/testing";
import { Client } from "pg";
import pino from "pino";
import superjson from "superjson";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bootstrapFirstOwner } from "../src/features/sign-in/server";
import { hashPassword } from "../src/features/sign-in/server/password";
import { createChanges } from "../src/server/changes";
import { systemClock } from "../src/server/clock";
import { handleApiRequest } from "../src/server/handler";
import { createAuthorities } from "../src/server/authority";
import { createAuthorRulesReader } from "../src/server/numbered-flows";
import { createMetrics } from "../src/server/metrics";
import { createRefusals } from "../src/server/refusal";
import type { Server } from "../src/server/server";
import { createSessionWatch } from "../src/server/session-watch";
import { seed, type Seeded } from "./seed";

const publicUrl = "http://localhost:7400";
const owner = { email: "owner@example.org", password: "the first owner's password" };
const stranger = { email: "stranger@other.example", password: "the other owner's password" };

let postgres: TestDatabase;
let clickhouse: TestFlowStore;
let database: Database;
let flows: FlowStore;
let listener: Listener;
let server: Server;
let skewMs = 0;

beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([startTestDatabase(), startTestFlowStore()]);
  await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
  database = createDatabase(postgres.appUrl);
  flows = createFlowStore(clickhouse.connection);
  const changes = createChanges();
  const sessionWatch = createSessionWatch({
    clock: systemClock,
    everyMs: 4_000,
    onError: () => undefined,
    findLive: (organisationId, ids) =>
      database.lookups.listLiveCredentials({ organisationId, ids, now: new Date(server.clock.now()) }),
  });
  listener = listen(postgres.appUrl, {
    onNotification: (notification) => {
      changes.notify(notification);
      if (notification.topic === "session" || notification.topic === "access") sessionWatch.checkNow();
    },
    onMaybeMissed: () => changes.maybeMissed(),
  });
  server = {
    config: {
      publicUrl,
      databaseUrl: postgres.appUrl,
      clickhouse: clickhouse.connection,
      retentionDays: 7,
      gatewayUrls: [],
      agentImage: undefined,
      agentManifest: undefined,
      bootstrap: undefined,
      accessFile: undefined,
      secretsKey: undefined,
      logLevel: "silent",
      metricsListen: undefined,
    },
    log: pino({ level: process.env["TEST_LOG"] ?? "silent" }),
    clock: { ...systemClock, now: () => Date.now() + skewMs },
    database,
    flows,
    changes,
    sessionWatch,
    authorRules: createAuthorRulesReader(),
    authorities: createAuthorities(),
    refusals: createRefusals(),
    metrics: createMetrics({ streams: () => sessionWatch.open(), pools: () => [database.poolUse()] }),
    ready: () => database.ping(),
    stop: () => Promise.resolve(),
  };
});

afterAll(async () => {
  server.sessionWatch.close();
  await listener.close();
  await Promise.all([database.close(), flows.close()]);
  await Promise.all([postgres.stop(), clickhouse.stop()]);
});

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly error: { readonly code: string; readonly message: string; readonly retryable: boolean } | undefined;
  readonly raw: string;
  readonly cookie: string | undefined;
}

type Extra = Readonly<Record<string, string>>;

const handle = (request: Request) => handleApiRequest(server, request);

/** Calls a procedure as a browser's page does: over HTTP, with its cookie. */
async function call(
  path: string,
  input: unknown,
  {
    cookie,
    kind = "query",
    headers = {},
  }: { cookie?: string | undefined; kind?: "query" | "mutation"; headers?: Extra } = {},
): Promise<Answer> {
  const body = JSON.stringify(superjson.serialize(input));
  const url = `${publicUrl}/api/trpc/${path}${kind === "query" ? `?input=${encodeURIComponent(body)}` : ""}`;
  const response = await handle(
    new Request(url, {
      method: kind === "query" ? "GET" : "POST",
      headers: {
        "sec-fetch-site": "same-origin",
        "user-agent": "test",
        "x-isthmus-peer": "198.51.100.7",
        ...(kind === "query" ? {} : { "content-type": "application/json" }),
        ...(cookie === undefined ? {} : { cookie }),
        ...headers,
      },
      ...(kind === "query" ? {} : { body }),
    }),
  );
  const raw = await response.text();
  const parsed = JSON.parse(raw) as {
    result?: { data: Parameters<typeof superjson.deserialize>[0] };
    error?: { json: { data: Answer["error"] } };
  };
  return {
    status: response.status,
    data: parsed.result === undefined ? undefined : superjson.deserialize(parsed.result.data),
    error: parsed.error?.json.data,
    raw,
    cookie: response.headers.get("set-cookie")?.split(";")[0],
  };
}

const mutate = (path: string, input: unknown, cookie?: string, headers?: Extra) =>
  call(path, input, { cookie, kind: "mutation", ...(headers === undefined ? {} : { headers }) });

async function signIn(who: typeof owner): Promise<string> {
  const { status, cookie } = await mutate("signIn.signIn", who);
  expect(status).toBe(200);
  return cookie ?? "";
}

const view = { scope: "", range: "1h" };

async function secondOrganisation(): Promise<string> {
  const id = randomUUID();
  const client = new Client({ connectionString: postgres.ownerUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select set_config('isthmus.organisation', $1, true)", [id]);
  await client.query("insert into organisation (id, name) values ($1, 'Other')", [id]);
  await client.query("commit");
  await client.end();
  const passwordHash = await hashPassword(stranger.password);
  await database.forOrganisation(id).transaction((tx) =>
    addMember(tx, {
      personId: randomUUID(),
      email: stranger.email,
      displayName: "Stranger",
      passwordHash,
      mustChangePassword: false,
      role: "owner",
    }),
  );
  return id;
}

describe("the first owner", () => {
  it("is made once, however often the process starts", async () => {
    expect(await bootstrapFirstOwner(database, owner, new Date())).toBe(true);
    expect(await bootstrapFirstOwner(database, { ...owner, password: "another password of twelve" }, new Date())).toBe(
      false,
    );
    await signIn(owner);
    expect((await mutate("signIn.signIn", { ...owner, password: "another password of twelve" })).status).toBe(401);
  });
});

describe("sign-in", () => {
  it("sets a cookie that no script reads, and stores only its hash", async () => {
    const response = await handle(
      new Request(`${publicUrl}/api/trpc/signIn.signIn`, {
        method: "POST",
        headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
        body: JSON.stringify(superjson.serialize(owner)),
      }),
    );
    const header = response.headers.get("set-cookie") ?? "";
    expect(header).toMatch(/^isthmus_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=/);
    const token = header.slice("isthmus_session=".length, header.indexOf(";"));
    const client = new Client({ connectionString: postgres.ownerUrl });
    await client.connect();
    const found = await database.lookups.findPersonByEmail(owner.email);
    await client.query("select set_config('isthmus.organisation', $1, false)", [found?.memberships[0]?.organisationId]);
    const { rows } = await client.query<{ text: string }>("select s::text as text from sign_in_session s");
    await client.end();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.some(({ text }) => text.includes(token) || text.includes(Buffer.from(token).toString("hex")))).toBe(
      false,
    );
  });

  it("refuses a wrong password and an unknown e-mail with the same answer", async () => {
    const wrong = await mutate("signIn.signIn", { ...owner, password: "wrong" });
    const unknown = await mutate("signIn.signIn", { email: "nobody@example.org", password: "wrong" });
    expect(wrong.status).toBe(401);
    expect(wrong.raw).toBe(unknown.raw);
    expect(wrong.error).toEqual({ code: "sign-in-refused", message: "E-mail or password is wrong.", retryable: false });
    expect(wrong.raw).not.toContain("stack");
  });

  it("is audited, refused or not", async () => {
    const found = await database.lookups.findPersonByEmail(owner.email);
    const entries = await database
      .forOrganisation(found?.memberships[0]?.organisationId ?? "")
      .transaction((tx) => listAudit(tx, { limit: 50 }));
    expect(entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["organisation.create", "sign-in.begin", "sign-in.refuse"]),
    );
    expect(
      JSON.stringify(entries, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
    ).not.toContain(owner.password);
  });

  it("waits after too many attempts, for the right password too", async () => {
    const tried = { email: "tried@example.org", password: "x" };
    for (let at = 0; at < 8; at += 1) expect((await mutate("signIn.signIn", tried)).status).toBe(401);
    const refused = await mutate("signIn.signIn", tried);
    expect(refused.status).toBe(429);
    expect(refused.error).toMatchObject({ code: "too-many-attempts", retryable: true });
    await signIn(owner);
  });
});

describe("a session", () => {
  it("is needed for everything else", async () => {
    for (const cookie of [undefined, "isthmus_session=nonsense", `isthmus_session=${"a".repeat(43)}`]) {
      const answer = await call("signIn.me", undefined, { cookie });
      expect(answer.status).toBe(401);
      expect(answer.error?.code).toBe("not-signed-in");
    }
    expect((await call("signIn.me", undefined, { cookie: await signIn(owner) })).data).toMatchObject({
      email: owner.email,
      roles: ["Owner"],
    });
  });

  it("does not act for another site's page", async () => {
    const cookie = await signIn(owner);
    const forged = await mutate("signIn.revokeOtherSessions", undefined, cookie, { "sec-fetch-site": "cross-site" });
    expect(forged.status).toBe(403);
    expect(forged.error?.code).toBe("wrong-origin");
    expect((await mutate("signIn.signIn", owner, undefined, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });

  it("ends at its sign-out", async () => {
    const cookie = await signIn(owner);
    const out = await mutate("signIn.signOut", undefined, cookie);
    expect(out.cookie).toBe("isthmus_session=");
    expect((await call("signIn.me", undefined, { cookie })).status).toBe(401);
  });

  it("ends when it expires and when nobody uses it for a week", async () => {
    const cookie = await signIn(owner);
    skewMs = 8 * 86_400_000;
    expect((await call("signIn.me", undefined, { cookie })).status).toBe(401);
    skewMs = 31 * 86_400_000;
    expect((await call("signIn.me", undefined, { cookie })).status).toBe(401);
    skewMs = 0;
    expect((await call("signIn.me", undefined, { cookie })).status).toBe(200);
  });

  it("is listed and revoked by its person, and its stream ends within five seconds", async () => {
    const [here, there] = [await signIn(owner), await signIn(owner)];
    const stream = await openStream(there);
    await stream.next();
    const { data } = await call("signIn.sessions", undefined, { cookie: there });
    const sessions = data as readonly { readonly id: string; readonly current: boolean }[];
    const own = sessions.filter(({ current }) => current);
    expect(own).toHaveLength(1);
    const startedMs = Date.now();
    expect((await mutate("signIn.revokeSession", { id: own[0]?.id }, here)).data).toBe(1);
    const rest = await stream.rest();
    expect(rest).toContain("not-signed-in");
    // The code by which the browser's client gives up in place of connecting again.
    expect(rest).toContain('"code":-32001');
    expect(Date.now() - startedMs).toBeLessThan(5_000);
    expect((await call("signIn.me", undefined, { cookie: there })).status).toBe(401);
    expect((await call("signIn.me", undefined, { cookie: here })).status).toBe(200);
  });

  it("ends with the old password where it is another browser's", async () => {
    const [here, there] = [await signIn(owner), await signIn(owner)];
    const next = "a new password, and long";
    expect((await mutate("signIn.changePassword", { current: "wrong", next }, here)).error?.code).toBe(
      "sign-in-refused",
    );
    expect((await mutate("signIn.changePassword", { current: owner.password, next: "short" }, here)).error?.code).toBe(
      "invalid-input",
    );
    const changed = await mutate("signIn.changePassword", { current: owner.password, next }, here);
    expect(changed.status).toBe(200);
    expect((await call("signIn.me", undefined, { cookie: there })).status).toBe(401);
    // The token from before is worth nothing either; the session goes on under a new one.
    expect((await call("signIn.me", undefined, { cookie: here })).status).toBe(401);
    expect((await call("signIn.me", undefined, { cookie: changed.cookie })).status).toBe(200);
    expect((await mutate("signIn.signIn", owner)).status).toBe(401);
    owner.password = next;
  });
});

/** Opens the stream of changes as the browser does. */
async function openStream(cookie: string) {
  const response = await handle(
    new Request(`${publicUrl}/api/trpc/frame.changes`, {
      headers: { accept: "text/event-stream", cookie, "sec-fetch-site": "same-origin" },
    }),
  );
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error("the stream has no body");
  let seen = "";
  return {
    /** Waits until a change has come. */
    next: async () => {
      while (!seen.includes('"kind"')) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended: ${seen}`);
        seen += value;
      }
    },
    until: async (text: string) => {
      while (!seen.includes(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended: ${seen}`);
        seen += value;
      }
    },
    rest: async () => {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return seen;
        seen += value;
        if (seen.includes("not-signed-in")) return seen;
      }
    },
    close: () => reader.cancel(),
    seen: () => seen,
  };
}

describe("two organisations", () => {
  let seeded: Seeded;
  let ours: string;
  let theirs: string;

  beforeAll(async () => {
    const found = await database.lookups.findPersonByEmail(owner.email);
    const organisationId = found?.memberships[0]?.organisationId ?? "";
    seeded = await seed(
      { database, flows },
      { organisationId, personId: found?.personId ?? "", nowMs: Date.now(), minutes: 5 },
    );
    await secondOrganisation();
    [ours, theirs] = [await signIn(owner), await signIn(stranger)];
  });

  const questions = ["evidence.summary", "overview.state", "overview.denied"];

  it("see their own clusters and flows, and none of the other's", async () => {
    const page = { view, q: "" };
    expect((await call("frame.scopeOptions", undefined, { cookie: ours })).data).toMatchObject({
      clusters: [{ name: "eu-west" }, { name: "eu-central" }, { name: "us-east" }],
    });
    expect((await call("frame.scopeOptions", undefined, { cookie: theirs })).data).toEqual({
      clusters: [],
      labels: [],
    });
    const own = (await call("flows.page", page, { cookie: ours })).data as {
      readonly flows: readonly { readonly id: string }[];
    };
    expect(own.flows.length).toBeGreaterThan(50);
    expect((await call("flows.page", page, { cookie: theirs })).data).toMatchObject({ flows: [], next: null });
    for (const q of ["flows.facets", "flows.histogram"]) {
      expect(JSON.stringify((await call(q, page, { cookie: theirs })).data)).not.toMatch(/boutique|eu-west/);
    }
    for (const q of questions) {
      const answer = await call(q, { view }, { cookie: theirs });
      expect(answer.status).toBe(200);
      for (const id of Object.values(seeded.ids)) expect(answer.raw).not.toContain(id);
    }
    const [flow] = own.flows;
    expect((await call("flows.detail", { id: flow?.id }, { cookie: ours })).status).toBe(200);
    expect((await call("flows.detail", { id: flow?.id }, { cookie: theirs })).error?.code).toBe("not-found");
  });

  it("cannot end each other's sessions", async () => {
    const { data } = await call("signIn.sessions", undefined, { cookie: ours });
    const ids = (data as readonly { readonly id: string }[]).map(({ id }) => id);
    for (const id of ids) expect((await mutate("signIn.revokeSession", { id }, theirs)).data).toBe(0);
    expect((await call("signIn.me", undefined, { cookie: ours })).status).toBe(200);
  });

  it("hear of their own changes alone", async () => {
    const [our, their] = [await openStream(ours), await openStream(theirs)];
    await Promise.all([our.next(), their.next()]);
    await seeded.bucket(Math.floor((Date.now() - 45_000) / 15_000) * 15);
    await our.until('"evidence"');
    expect(their.seen()).not.toContain('"changed"');
    await Promise.all([our.close(), their.close()]);
    await vi.waitFor(() => expect(server.changes.subscriberCount()).toBe(0));
  });

  it("join both ends' reports and find the other end of a denial", async () => {
    const { data } = await call(
      "flows.page",
      { view, q: "action = deny and dest.workload = redis-cart" },
      { cookie: ours },
    );
    const { flows: denied, otherEnds } = data as {
      readonly flows: readonly { reporter: string; action: string }[];
      readonly otherEnds: readonly { reporter: string; action: string }[];
    };
    expect(denied.length).toBeGreaterThan(0);
    expect(denied.every(({ reporter, action }) => reporter === "destination" && action === "deny")).toBe(true);
    expect(otherEnds.length).toBe(denied.length);
    expect(otherEnds.every(({ reporter, action }) => reporter === "source" && action === "allow")).toBe(true);
  });

  it("say what is wrong with a filter or a range from the address", async () => {
    expect((await call("flows.page", { view, q: "act = 1" }, { cookie: ours })).error?.code).toBe("invalid-input");
    expect(
      (await call("flows.page", { view: { scope: "", range: "nonsense" }, q: "" }, { cookie: ours })).error?.code,
    ).toBe("invalid-input");
    expect(
      (await call("flows.page", { view: { scope: "nowhere", range: "1h" }, q: "" }, { cookie: ours })).data,
    ).toMatchObject({ flows: [] });
  });
});

describe("evidence away", () => {
  it("is said so, and what Postgres knows is still shown", async () => {
    const cookie = await signIn(owner);
    await clickhouse.kill();
    const lost = await call("flows.histogram", { view, q: "" }, { cookie });
    expect(lost.raw).toContain("store-unavailable");
    expect(lost.status).toBe(503);
    expect(lost.error).toMatchObject({ code: "store-unavailable", retryable: true });
    expect((await call("overview.state", { view }, { cookie })).status).toBe(200);
    await clickhouse.restart();
    await vi.waitFor(
      async () => expect((await call("flows.histogram", { view, q: "" }, { cookie })).status).toBe(200),
      { timeout: 20_000, interval: 250 },
    );
  });
});
