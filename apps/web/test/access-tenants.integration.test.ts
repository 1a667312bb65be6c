import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Server } from "../src/server/server";
import { open, own, rows, type Target } from "./access-table";
import { ask, startAccessWorld, type AccessWorld, type Headers, type SeededOrganisation } from "./support/access-world";

let world: AccessWorld;
let ours: SeededOrganisation;
let theirs: SeededOrganisation;
let theirTarget: Target;
/** An owner of ours, and somebody of ours without any role. */
let asOwner: Headers;
let asNobody: Headers;
/** Nothing of these may come to us. */
let secrets: readonly string[];

beforeAll(async () => {
  world = await startAccessWorld();
  ours = await world.seeded("ours", "canary-of-ours");
  theirs = await world.seeded("theirs", "canary-of-theirs");
  const place = { cluster: "eu-west", namespace: "boutique", workload: "frontend", tier: "team" };
  await ours.targetAt(place);
  theirTarget = await theirs.targetAt(place);
  asOwner = ours.owner.headers;
  asNobody = (await world.web.member(ours.owner.id, "nobody", null)).headers;
  const { policy, revision, draft, flow } = theirTarget;
  const { id, personId } = theirs.owner;
  secrets = ["canary-of-theirs", ...Object.values(theirs.ids), policy, revision, draft, flow, id, personId];
}, 120_000);
afterAll(() => world?.stop());

/** What would end our own session or organisation, or wait for what happens; others hold them by tests of their own. */
const leftOut = new Set(["frame.changes", "members.leave", "signIn.signOut", "signIn.revokeOtherSessions"]);
const paths = [...Object.keys(rows), ...own, ...open].filter((path) => !leftOut.has(path));

async function leaks(server: Server, path: string, headers: Headers): Promise<readonly string[]> {
  const { raw } = await ask(server, { path, input: rows[path]?.input?.(theirTarget) ?? {}, headers });
  return secrets.filter((secret) => raw.includes(secret));
}

describe("another organisation with the same names, asked by its ids", () => {
  it.each(paths)("%s tells its owner nothing of it", async (path) => {
    expect(await leaks(world.server, path, asOwner)).toEqual([]);
  });

  it("has all that was asked for, and tells it to its own", async () => {
    const board = await ask(world.server, {
      path: "policies.get",
      input: rows["policies.get"]!.input!(theirTarget),
      headers: theirs.owner.headers,
    });
    expect(board.raw).toContain("canary-of-theirs");
  });
});

describe("the same with the application's checks taken out, so that row-level security stands alone", () => {
  // Evidence is not in Postgres; its own boundary is held by tests of the flow store.
  const inPostgres = paths.filter((path) => !/^(flows|graph|evidence)\.|^overview\.denied/.test(path));

  it.each(inPostgres)("%s", async (path) => {
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
    expect(await leaks(unchecked, path, asNobody)).toEqual([]);
  });
});
