import { randomUUID } from "node:crypto";
import { createCluster, listen, publish, type Listener, type Topic } from "@isthmus/db";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChanges } from "../src/server/changes";
import { systemClock } from "../src/server/clock";
import { handleApiRequest } from "../src/server/handler";
import type { Server } from "../src/server/server";
import { createSessionWatch } from "../src/server/session-watch";
import { startTestWeb, type TestWeb } from "./people";

let web: TestWeb;
let server: Server;
let listener: Listener;
let owner: Awaited<ReturnType<TestWeb["organisation"]>>;
const [eu, us] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  web = await startTestWeb();
  const changes = createChanges();
  const sessionWatch = createSessionWatch({
    clock: systemClock,
    everyMs: 4_000,
    onError: () => undefined,
    findLive: (organisationId, ids) =>
      web.database.lookups.listLiveCredentials({ organisationId, ids, now: new Date(web.clock.now()) }),
  });
  server = { ...web.server, changes, sessionWatch };
  listener = listen(server.config.databaseUrl, {
    onNotification: (notification) => {
      changes.notify(notification);
      if (notification.topic === "session" || notification.topic === "access") sessionWatch.checkNow();
    },
    onMaybeMissed: () => changes.maybeMissed(),
  });
  owner = await web.organisation("acme");
  for (const [id, name] of [
    [eu, "eu"],
    [us, "us"],
  ] as const) {
    const at = new Date(web.clock.now());
    await web.database
      .forOrganisation(owner.id)
      .transaction((tx) => createCluster(tx, { id, name, labels: {}, createdBy: owner.personId, at }));
  }
}, 60_000);
afterAll(async () => {
  server.sessionWatch.close();
  await listener.close();
  await web.stop();
});

async function sql(statement: string, values: readonly unknown[]): Promise<void> {
  const client = new Client({ connectionString: web.ownerUrl });
  await client.connect();
  await client.query("begin");
  await client.query("select set_config('isthmus.organisation', $1, true)", [owner.id]);
  await client.query(statement, [...values]);
  await client.query("commit");
  await client.end();
}

const announce = (topic: Topic, id: string) =>
  web.database.forOrganisation(owner.id).transaction((tx) => publish(tx, { topic, id }));

async function openStream(headers: Readonly<Record<string, string>>) {
  const response = await handleApiRequest(
    server,
    new Request("http://localhost:7400/api/trpc/frame.changes", {
      headers: { accept: "text/event-stream", "sec-fetch-site": "same-origin", ...headers },
    }),
  );
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  return {
    /** What has come, once this has; or all of it, once nothing more comes. */
    until: async (text: string) => {
      while (!seen.includes(text)) {
        const { value, done } = await reader.read();
        if (done) return seen;
        seen += value;
      }
      return seen;
    },
    close: () => reader.cancel(),
  };
}

describe("a stream of changes", () => {
  it("tells of what is in reach alone", async () => {
    const kim = await web.member(owner.id, "kim", "viewer");
    const scope = { clusters: { kind: "ids", ids: [eu] }, namespaces: "all", tiers: "all" };
    await sql("update role_binding set scope = $1 where person_id = $2", [scope, kim.personId]);
    const stream = await openStream(kim.headers);
    await stream.until("maybe-missed");
    for (const topic of ["session", "desired", "status", "inventory", "evidence", "policy"] as const) {
      await announce(topic, us);
      await announce(topic, eu);
    }
    await announce("audit", randomUUID());
    await announce("policy", randomUUID());
    await announce("status", eu);
    const seen = await stream.until('"policy"');
    expect(seen).toContain(eu);
    expect(seen).not.toContain(us);
    expect(seen).not.toContain('"audit"');
    await stream.close();
  });

  it("ends within five seconds of the role being taken away, and is refused from then on", async () => {
    const kim = await web.member(owner.id, "kim", "viewer");
    const stream = await openStream(kim.headers);
    await stream.until("maybe-missed");
    const begun = Date.now();
    await sql("delete from role_binding where person_id = $1", [kim.personId]);
    expect(await stream.until("What you may see has changed")).toContain("What you may see has changed");
    expect(Date.now() - begun).toBeLessThan(5_000);
    await stream.close();
    const again = await openStream(kim.headers);
    expect(await again.until("You hold no role")).toContain("You hold no role");
    await again.close();
  });

  it("ends where the member is shut out, without anything being announced to it", async () => {
    const kim = await web.member(owner.id, "kim", "viewer");
    const stream = await openStream(kim.headers);
    await stream.until("maybe-missed");
    await sql("update membership set disabled_at = now() where person_id = $1", [kim.personId]);
    expect(await stream.until("Your session has ended")).toContain("Your session has ended");
    await stream.close();
  });

  it("goes on while somebody else's access changes", async () => {
    const kim = await web.member(owner.id, "kim", "viewer");
    const stream = await openStream(kim.headers);
    await stream.until("maybe-missed");
    await web.member(owner.id, "somebody else", "viewer");
    await announce("status", eu);
    const seen = await stream.until('"status"');
    expect(seen).toContain('"status"');
    expect(seen).not.toContain("has changed");
    await stream.close();
  });
});
