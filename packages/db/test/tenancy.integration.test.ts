import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { globalTables } from "../src/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";
import { insertOneOfEverything, type Ids } from "../src/one-of-everything";

let server: TestDatabase;
let app: Client;
let ids: Ids;
const [mine, theirs] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  server = await startTestDatabase();
  const owner = new Client(server.ownerUrl);
  await owner.connect();
  // The owner is confined too: organisations come to be through the look-up role only.
  await owner.query("set role isthmus_lookup");
  await owner.query("insert into organisation (id, name) values ($1, 'Mine'), ($2, 'Theirs')", [mine, theirs]);
  await owner.end();
  app = new Client(server.appUrl);
  await app.connect();
  ids = await asOrganisation(mine, () => insertOneOfEverything(app, mine));
});
afterAll(async () => {
  await app?.end();
  await server?.stop();
});

async function asOrganisation<T>(organisation: string, work: () => Promise<T>): Promise<T> {
  await app.query("begin");
  try {
    await app.query("select set_config('isthmus.organisation', $1, true)", [organisation]);
    const result = await work();
    await app.query("commit");
    return result;
  } catch (error) {
    await app.query("rollback");
    throw error;
  }
}

/** Of no organisation, and shown to nobody: look-up functions alone reach their rows. */
const lookupTables = ["sign_in_attempt", "sign_in_ticket"];

async function tables(): Promise<readonly { name: string; forced: boolean }[]> {
  const { rows } = await app.query<{ name: string; forced: boolean }>(
    `select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`,
  );
  return rows;
}

describe("the application's role", () => {
  it("is no superuser, bypasses nothing, owns nothing and is a member of nothing", async () => {
    const { rows } = await app.query(
      `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
              (select count(*)::int from pg_catalog.pg_shdepend d
               where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o') as owns,
              (select count(*)::int from pg_catalog.pg_auth_members m where m.member = r.oid) as memberships
       from pg_catalog.pg_roles r where rolname = current_user`,
    );
    expect(rows).toEqual([
      {
        rolname: "isthmus_app",
        rolsuper: false,
        rolbypassrls: false,
        rolcreaterole: false,
        rolcreatedb: false,
        rolreplication: false,
        owns: 0,
        memberships: 0,
      },
    ]);
  });

  it("may create nothing", async () => {
    await expect(app.query("create table mine (id int)")).rejects.toThrow("permission denied");
    await expect(app.query("create function f() returns int language sql as 'select 1'")).rejects.toThrow(
      "permission denied",
    );
  });

  it("may not become another role", async () => {
    await expect(app.query("set role isthmus_owner")).rejects.toThrow("permission denied");
    await expect(app.query("set role isthmus_lookup")).rejects.toThrow("permission denied");
  });
});

describe("every table", () => {
  it("has row-level security forced, or is on the list of global tables", async () => {
    const open = (await tables()).filter(({ forced }) => !forced).map(({ name }) => name);
    expect(open.toSorted()).toEqual([...globalTables].toSorted());
  });

  it("shows its rows to their organisation, none to another, none without one", async () => {
    const owned = (await tables())
      .filter(({ name, forced }) => forced && !lookupTables.includes(name))
      .map(({ name }) => name);
    expect(owned.length).toBeGreaterThan(20);
    for (const table of owned) {
      const count = async () => (await app.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n;
      expect(await asOrganisation(mine, count), `${table}, its own organisation`).toBeGreaterThan(0);
      const others = table === "organisation" ? 1 : 0; // it sees itself
      expect(await asOrganisation(theirs, count), `${table}, another organisation`).toBe(others);
      expect(await count(), `${table}, no organisation`).toBe(0);
    }
  });

  it("of look-ups alone shows no row to anybody", async () => {
    await app.query("select put_sign_in_ticket(sha256('a'), 'test', '{}', now(), now() + interval '1 hour')");
    await app.query("select count_attempts(array[sha256('a')], array[5], interval '5 minutes', now())");
    for (const table of lookupTables) {
      const count = async () => (await app.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]?.n;
      expect(await asOrganisation(mine, count), `${table}, an organisation`).toBe(0);
      expect(await count(), `${table}, no organisation`).toBe(0);
      await expect(app.query(`delete from ${table}`), `${table}, to be emptied`).rejects.toThrow("permission denied");
    }
  });

  it("refuses rows of another organisation", async () => {
    const insert = asOrganisation(theirs, () =>
      app.query("insert into setting (organisation_id, key, value) values ($1, 'planted', '1')", [mine]),
    );
    await expect(insert).rejects.toThrow("row-level security");
    const move = asOrganisation(theirs, () =>
      app
        .query("insert into setting (organisation_id, key, value) values ($1, 'moved', '1')", [theirs])
        .then(() => app.query("update setting set organisation_id = $1 where key = 'moved'", [mine])),
    );
    await expect(move).rejects.toThrow("row-level security");
  });

  it("refuses to refer to what another organisation owns", async () => {
    const refer = asOrganisation(theirs, () =>
      app.query(
        `insert into enrolment_grant (id, organisation_id, cluster_id, secret_hash, expires_at)
         values ($1, $2, $3, 'x', now())`,
        [randomUUID(), theirs, ids.cluster],
      ),
    );
    await expect(refer).rejects.toThrow("foreign key");
  });

  it("that carries organisation_id refers to clusters, tiers and policies only together with it", async () => {
    const { rows } = await app.query<{ constraint: string }>(
      `select k.conname as constraint from pg_catalog.pg_constraint k
       where k.contype = 'f' and k.confrelid <> all (array['organisation', 'person']::regclass[])
         and not exists (select from pg_catalog.pg_attribute a
                         where a.attrelid = k.conrelid and a.attnum = any (k.conkey) and a.attname = 'organisation_id')`,
    );
    expect(rows).toEqual([]);
  });
});

describe("append-only tables", () => {
  const rows = ["audit_entry", "policy_revision", "policy_application"].flatMap((table) =>
    [`update ${table} set organisation_id = organisation_id`, `delete from ${table}`, `truncate ${table} cascade`].map(
      (statement) => ({ statement, table }),
    ),
  );

  it.each(rows)("$statement: the application may not", async ({ statement }) => {
    await expect(asOrganisation(mine, () => app.query(statement))).rejects.toThrow("permission denied");
  });

  it.each(rows)("$statement: nor may the owner", async ({ statement, table }) => {
    const owner = new Client(server.ownerUrl);
    await owner.connect();
    try {
      await expect(owner.query(statement)).rejects.toThrow(`${table} is append-only`);
    } finally {
      await owner.end();
    }
  });
});

describe("security definer functions", () => {
  it("are the named ones, with a fixed search path, owned by the look-up role and closed to the public", async () => {
    const { rows } = await app.query(
      `select p.proname as name, pg_get_userbyid(p.proowner) as owner, p.proconfig as settings,
              exists (select from aclexplode(p.proacl) a where a.grantee = 0) as public
       from pg_catalog.pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace order by 1`,
    );
    const common = { owner: "isthmus_lookup", settings: ["search_path=pg_catalog, pg_temp"], public: false };
    expect(rows).toEqual(
      [
        "add_member",
        "begin_account_anew",
        "bootstrap_owner",
        "clear_attempts",
        "count_attempts",
        "create_organisation",
        "disconnect_identity",
        "drop_password_links",
        "end_provider",
        "end_provider_sessions",
        "find_api_token",
        "find_audit_entries",
        "find_credential",
        "find_enrolment_grant",
        "find_grant",
        "find_identity_provider",
        "find_invitation",
        "find_person_by_email",
        "find_person_for_provider",
        "find_sign_in_session",
        "list_account_providers",
        "list_live_credentials",
        "list_memberships",
        "list_organisations",
        "list_organisations_due",
        "list_organisations_for_jobs",
        "list_organisations_to_join",
        "list_person_sessions",
        "list_recovered_providers",
        "list_sign_in_providers",
        "may_recover",
        "password_mark",
        "purge_organisation",
        "put_sign_in_ticket",
        "read_sign_in_ticket",
        "reset_password",
        "revoke_person_sessions",
        "take_second_factor",
        "take_sign_in_ticket",
      ].map((name) => ({ name, ...common })),
    );
  });
});
