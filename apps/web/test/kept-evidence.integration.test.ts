import { noteSweptEvidence } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describePastRetention } from "../src/features/evidence/model/past-retention";
import { contextOf } from "../src/server/request";
import { appRouter } from "../src/server/router";
import { createCallerFactory } from "../src/server/trpc";
import { dayMonth } from "../src/ui";
import { startAccessWorld, type AccessWorld, type SeededOrganisation } from "./support/access-world";

const dayMs = 86_400_000;
let world: AccessWorld;
let seeded: SeededOrganisation;
let storedMs: number;
let headers: Readonly<Record<string, string>>;

beforeAll(async () => {
  world = await startAccessWorld();
  seeded = await world.seeded("kept");
  storedMs = world.web.clock.now();
  world.web.clock.advance(20 * dayMs);
  ({ headers } = await world.web.member(seeded.owner.id, "later", "owner"));
});
afterAll(async () => world?.stop());

const createCaller = createCallerFactory(appRouter);
const pages = () =>
  createCaller(() =>
    contextOf(world.server, new Request(`${world.server.config.publicUrl}/api/trpc`, { headers }), new Headers()),
  );

const second = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

/** What pages say of the minutes that were stored, twenty days later. */
async function said(answeredFrom: readonly ("flows" | "edges" | "hits")[]) {
  const range = `${second(storedMs - 4 * 60_000)}..${second(storedMs - 60_000)}`;
  const view = { scope: "eu-west", range };
  const summary = await pages().evidence.summary({ view, answeredFrom: [...answeredFrom] });
  return {
    share: summary.share,
    past: summary.pastRetention.map((past) => describePastRetention(past, summary.nowMs)),
    reasons: [...new Set(summary.clusters.flatMap(({ missing }) => missing.flatMap(({ reasons }) => reasons)))],
  };
}

const before = (days: number) => dayMonth(new Date(world.web.clock.now() - days * dayMs));

describe("evidence of twenty days ago", () => {
  const whole = { share: 1, past: [], reasons: [] };

  it("is past the retention of flows, and whole for the graph, which hours still answer", async () => {
    const past = [`flows before ${before(7)} are past their retention of 7 days`];
    expect(await said(["flows"])).toEqual({ share: 0, past, reasons: ["past-retention"] });
    expect(await said(["edges"])).toEqual(whole);
    expect(await said(["flows", "edges"])).toMatchObject({ share: 0, past });
    expect(await said(["flows", "hits"])).toMatchObject({
      share: 0,
      past: [...past, `edges by minute before ${before(7)} are past their retention of 7 days`],
    });
  });

  it("follows what the organisation sets, and stays lost where it went before", async () => {
    await pages().storage.setRetention({ days: { flows: 30 } });
    expect(await said(["flows"])).toEqual(whole);
    const beforeMs = { flows: Math.floor(world.web.clock.now() / dayMs - 7) * dayMs };
    const organisation = world.web.database.forOrganisation(seeded.owner.id);
    await organisation.transaction((tx) => noteSweptEvidence(tx, { beforeMs, at: new Date() }));
    const past = [`flows before ${before(7)} were not kept`];
    expect(await said(["flows"])).toEqual({ share: 0, past, reasons: ["past-retention"] });
  });
});
