import { randomUUID } from "node:crypto";
import { createChainVerifier, type ChainProblem } from "@isthmus/audit";
import fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  appendAudit,
  createDatabase,
  findAuditHead,
  listAuditChain,
  type Database,
  type OrganisationClient,
} from "../src/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";

let server: TestDatabase;
let database: Database;
let owner: Client;
let organisation: OrganisationClient;

beforeAll(async () => {
  server = await startTestDatabase();
  database = createDatabase(server.appUrl, { maxConnections: 20 });
  owner = new Client(server.ownerUrl);
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await database?.close();
  await server?.stop();
});

beforeEach(async () => {
  const id = randomUUID();
  await owner.query("set role isthmus_lookup");
  await owner.query("insert into organisation (id, name) values ($1, 'Mine')", [id]);
  await owner.query("reset role");
  organisation = database.forOrganisation(id);
});

const act = (name: string, after: unknown = {}) =>
  ({
    actor: { kind: "person", id: "p", name: "Pat" },
    action: "policy.apply",
    target: { kind: "policy", id: name, name },
    detail: { after },
    ip: "192.0.2.1",
    at: new Date("2026-11-23T12:00:00.123Z"),
  }) as const;

const write = (...names: string[]) =>
  organisation.transaction(async (tx) => {
    for (const name of names) await appendAudit(tx, act(name));
  });

/** Verifies the whole chain in pages of three. */
async function verify() {
  const head = await organisation.transaction(findAuditHead);
  const verifier = createChainVerifier(head ? { head } : {});
  let afterId = 0n;
  for (;;) {
    const rows = await organisation.transaction((tx) =>
      listAuditChain(tx, { afterId, throughId: 1n << 62n, limit: 3 }),
    );
    for (const row of rows) verifier.push(row);
    if (rows.length === 0) return verifier.finish();
    afterId = rows.at(-1)!.id;
  }
}

/** Runs a statement as the owner of the tables who has switched their protection off; `$1` is the organisation. */
async function tamper(statement: string): Promise<void> {
  await owner.query("begin");
  await owner.query("alter table audit_entry no force row level security");
  await owner.query("alter table audit_entry disable trigger user");
  await owner.query(statement, [organisation.organisationId]);
  await owner.query("alter table audit_entry enable trigger user");
  await owner.query("alter table audit_entry force row level security");
  await owner.query("commit");
}

describe("the chain of an organisation", () => {
  it("has no gap after twenty transactions at once, each with two entries", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => write(`${n}`, `${n} again`)));
    const report = await verify();
    expect(report).toMatchObject({ entries: 40, problemCount: 0, last: { seq: 40 } });
  });

  it("has no gap where transactions fail", async () => {
    const failing = organisation.transaction(async (tx) => {
      await appendAudit(tx, act("lost"));
      throw new Error("on purpose");
    });
    await expect(failing).rejects.toThrow("on purpose");
    await write("first");
    expect(await verify()).toMatchObject({ entries: 1, problemCount: 0, last: { seq: 1 } });
  });

  it("is of its own in each organisation", async () => {
    await write("one", "two");
    const other = randomUUID();
    await owner.query("set role isthmus_lookup");
    await owner.query("insert into organisation (id, name) values ($1, 'Theirs')", [other]);
    await owner.query("reset role");
    expect(await database.forOrganisation(other).transaction(findAuditHead)).toBeUndefined();
    await database.forOrganisation(other).transaction((tx) => appendAudit(tx, act("theirs")));
    expect(await database.forOrganisation(other).transaction(findAuditHead)).toMatchObject({ seq: 1 });
  });

  it("does not let two wait for each other over it, whatever they lock and in whichever order they write", async () => {
    const bump = (client: OrganisationClient, first: string, second: string) =>
      client.transaction(async (tx) => {
        await appendAudit(tx, act(first));
        await appendAudit(tx, act(second));
      });
    await Promise.all(Array.from({ length: 10 }, (_, n) => bump(organisation, `${n}`, "b")));
    expect(await verify()).toMatchObject({ entries: 20, problemCount: 0 });
  });

  it("is computed again from what Postgres gives back, whatever was written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.string({ unit: "binary" }), async (after, name) => {
        await organisation.transaction((tx) => appendAudit(tx, act(name, after)));
      }),
      { numRuns: 60 },
    );
    await write(`a${String.fromCodePoint(0)}b\ud800`);
    expect(await verify()).toMatchObject({ entries: 61, problems: [] });
  });
});

describe("an altered chain", () => {
  const of = "where organisation_id = $1 and seq =";
  it.each<{ name: string; statements: string[]; problems: ChainProblem[] }>([
    {
      name: "another name",
      statements: [`update audit_entry set actor_name = 'Sam' ${of} 3`],
      problems: [{ code: "altered", seq: 3 }],
    },
    {
      name: "another detail",
      statements: [`update audit_entry set detail = '{"after":{"x":1}}' ${of} 3`],
      problems: [{ code: "altered", seq: 3 }],
    },
    {
      name: "another time",
      statements: [`update audit_entry set at = at + interval '1 ms' ${of} 3`],
      problems: [{ code: "altered", seq: 3 }],
    },
    {
      name: "one deleted",
      statements: [`delete from audit_entry ${of} 3`],
      problems: [{ code: "missing", from: 3, to: 3 }],
    },
    {
      name: "the newest deleted",
      statements: [`delete from audit_entry where organisation_id = $1 and seq >= 5`],
      problems: [{ code: "cut", from: 5, to: 6 }],
    },
    {
      name: "two that changed places",
      statements: [
        `update audit_entry set seq = 100 ${of} 3`,
        `update audit_entry set seq = 3 ${of} 4`,
        `update audit_entry set seq = 4 ${of} 100`,
      ],
      problems: [
        { code: "altered", seq: 3 },
        { code: "reordered", seq: 3 },
        { code: "altered", seq: 4 },
      ],
    },
    {
      name: "one more, copied from another",
      statements: [
        `insert into audit_entry (organisation_id, at, actor_kind, action, seq, prev_hash, hash)
           select organisation_id, at, actor_kind, action, 7, prev_hash, hash from audit_entry ${of} 3`,
      ],
      problems: [
        { code: "altered", seq: 7 },
        { code: "beyond-head", seq: 7 },
      ],
    },
    {
      name: "one that lost its place",
      statements: [`update audit_entry set seq = null, prev_hash = null, hash = null ${of} 3`],
      problems: [
        { code: "unchained", after: 2 },
        { code: "missing", from: 3, to: 3 },
      ],
    },
  ])("$name is detected", async ({ statements, problems }) => {
    await write("1", "2", "3", "4", "5", "6");
    for (const statement of statements) await tamper(statement);
    expect((await verify()).problems).toEqual(problems);
  });
});
