import { createHash, randomUUID } from "node:crypto";
import fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  appendAudit,
  countAudit,
  createDatabase,
  listAudit,
  listAuditChain,
  type AuditFilter,
  type Database,
  type OrganisationClient,
} from "../src/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";

const LAST = 1n << 60n;
let server: TestDatabase;
let database: Database;
let mine: OrganisationClient;
let theirs: OrganisationClient;

/** Few letters, so that texts are found; all that means something in a pattern; both cases. */
const letters = fc.constantFrom("a", "B", "b", "%", "_", "\\", "'", "é", "É", " ");
const name = fc.string({ unit: letters, maxLength: 6 });
const entry = fc.record({
  actor: fc.record({ id: fc.constantFrom("p1", "p2"), name }),
  action: fc.constantFrom("policy.apply", "policy.save", "b_a.x"),
  target: fc.record({ kind: fc.constantFrom("policy", "tier"), id: fc.constantFrom("1", "2"), name }),
  at: fc.integer({ min: 0, max: 9 }).map((second) => new Date(Date.UTC(2026, 10, 1, 0, 0, second))),
});
type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

const written: Entry[] = fc.sample(entry, { numRuns: 300, seed: 7 });

async function fill(organisation: OrganisationClient, entries: readonly Entry[]): Promise<void> {
  await organisation.transaction(async (tx) => {
    for (const { actor, ...rest } of entries) await appendAudit(tx, { ...rest, actor: { kind: "person", ...actor } });
  });
}

beforeAll(async () => {
  server = await startTestDatabase();
  database = createDatabase(server.appUrl, { maxConnections: 5 });
  const owner = new Client(server.ownerUrl);
  await owner.connect();
  await owner.query("set role isthmus_lookup");
  const ids = [randomUUID(), randomUUID()];
  for (const id of ids) await owner.query("insert into organisation (id, name) values ($1, 'One')", [id]);
  await owner.end();
  [mine, theirs] = ids.map((id) => database.forOrganisation(id)) as [OrganisationClient, OrganisationClient];
  // In turns, so that the ids of one lie between those of the other.
  for (let at = 0; at < written.length; at += 30) {
    await fill(theirs, written.slice(at, at + 30));
    await fill(mine, written.slice(at, at + 30));
  }
});
afterAll(async () => {
  await database?.close();
  await server?.stop();
});

const filter: fc.Arbitrary<AuditFilter & { readonly text: string }> = fc.record(
  {
    text: fc.oneof(
      fc.string({ unit: letters, minLength: 1, maxLength: 3 }),
      fc.constantFrom("APPLY", "b_a", "_", "%", "\\", "policy.s"),
    ),
    actorId: fc.constantFrom("p1", "p2", "p3"),
    actionPrefix: fc.constantFrom("policy.", "policy.save", "b_", "none"),
    targetKind: fc.constantFrom("policy", "tier"),
    targetId: fc.constantFrom("1", "2"),
    from: fc.integer({ min: 0, max: 5 }).map((second) => new Date(Date.UTC(2026, 10, 1, 0, 0, second))),
    to: fc.integer({ min: 3, max: 9 }).map((second) => new Date(Date.UTC(2026, 10, 1, 0, 0, second))),
  },
  { requiredKeys: ["text"] },
);

function fits({ actor, action, target, at }: Entry, query: AuditFilter): boolean {
  const text = query.text?.toLowerCase() ?? "";
  return (
    [actor.name, action, target.name].some((each) => each.toLowerCase().includes(text)) &&
    (query.actorId === undefined || actor.id === query.actorId) &&
    (query.actionPrefix === undefined || action.startsWith(query.actionPrefix)) &&
    (query.targetKind === undefined || target.kind === query.targetKind) &&
    (query.targetId === undefined || target.id === query.targetId) &&
    (query.from === undefined || at >= query.from) &&
    (query.to === undefined || at < query.to)
  );
}

interface Told {
  readonly action: string;
  readonly at: Date;
  readonly target: { readonly name: string };
}
const short = (entries: readonly Told[]) =>
  entries.map(({ action, target, at }) => `${action} ${target.name} ${at.toISOString()}`);

describe("a text searched in the audit log", () => {
  it("finds what holds it, with every other filter, in pages from both ends, and counts the same", async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(filter, fc.integer({ min: 1, max: 40 }), async (query, limit) => {
        const expected = written.filter((each) => fits(each, query));
        found += expected.length;
        await mine.transaction(async (tx) => {
          const first = await listAudit(tx, { ...query, limit });
          const before = first.at(-1)?.id;
          const second = before === undefined ? [] : await listAudit(tx, { ...query, limit, before });
          expect(short([...first, ...second])).toEqual(short(expected.toReversed().slice(0, 2 * limit)));
          const lines = await listAuditChain(tx, { afterId: 0n, throughId: LAST, limit, query });
          const through = lines.at(-1)?.id ?? 0n;
          const next = await listAuditChain(tx, { afterId: through, throughId: LAST, limit, query });
          const asRead = [...lines, ...next].map(({ at, ...line }) => ({ ...line, at: new Date(at) }));
          expect(short(asRead)).toEqual(short(expected.slice(0, 2 * limit)));
          expect(await countAudit(tx, { throughId: LAST, query })).toBe(expected.length);
          expect(await countAudit(tx, { throughId: through, query })).toBe(lines.length);
        });
      }),
      { numRuns: 150 },
    );
    expect(found).toBeGreaterThan(200);
  });

  it("is looked up in the index, which row-level security keeps from the application's own comparisons", async () => {
    const [app, superuser] = [new Client(server.appUrl), new Client(server.superuserUrl)];
    await Promise.all([app.connect(), superuser.connect()]);
    const scans = async () => {
      await app.query("select pg_stat_force_next_flush()");
      const { rows } = await superuser.query<{ scans: string }>(
        "select idx_scan as scans from pg_stat_user_indexes where indexrelname = 'audit_entry_search_idx'",
      );
      return Number(rows[0]?.scans);
    };
    try {
      // A log large enough that the planner, left to itself, would not read all of it.
      await superuser.query(
        `insert into audit_entry (organisation_id, actor_kind, actor_name, action, target_name)
         select $1, 'person', md5(i::text), 'policy.apply', md5((-i)::text) from generate_series(1, 50000) i`,
        [theirs.organisationId],
      );
      await superuser.query("analyze audit_entry");
      await app.query("select set_config('isthmus.organisation', $1, false)", [theirs.organisationId]);
      const before = await scans();
      const { rows } = await app.query(
        "select find_audit_entries($1, null, null, null, null, null, null, null, null, false, null)",
        [createHash("md5").update("77").digest("hex").slice(0, 9).toUpperCase()],
      );
      expect(rows).toHaveLength(1);
      const after = await scans();
      expect(after).toBeGreaterThan(before);
      await app.query(`select id from audit_entry
        where lower(target_name || E'\\n' || actor_name || E'\\n' || action) like '%policy.sa%'`);
      expect(await scans()).toBe(after);
    } finally {
      await Promise.all([app.end(), superuser.end()]);
    }
  });
});
