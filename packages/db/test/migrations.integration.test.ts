import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate, readMigrations, type Migration } from "../src/migrate/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";
import { describeCatalog } from "./catalog";
import { sqlOfPrismaSchema } from "./schema-sql";

const root = join(import.meta.dirname, "../../..");
let server: TestDatabase;
let owner: Client;
let migrations: readonly Migration[];

beforeAll(async () => {
  server = await startTestDatabase();
  owner = new Client(server.ownerUrl);
  await owner.connect();
  migrations = await readMigrations(join(root, "prisma/migrations"));
});
afterAll(async () => {
  await owner?.end();
  await server?.stop();
});

const run = (list: readonly Migration[]) => migrate({ ownerUrl: server.ownerUrl, migrations: list });
const made = (name: string, sql: string): Migration => ({ name, sql, checksum: `checksum of ${sql}` });

describe("the runner", () => {
  it("does nothing the second time", async () => {
    expect(await run(migrations)).toEqual([]);
  });

  it("records what Prisma's own CLI would", async () => {
    const { rows } = await owner.query("select * from _prisma_migrations");
    expect(rows).toHaveLength(migrations.length);
    expect(rows[0]).toMatchObject({
      migration_name: "0001_init",
      checksum: migrations[0]?.checksum,
      logs: null,
      rolled_back_at: null,
      applied_steps_count: 1,
    });
    expect(rows[0]?.finished_at).toBeInstanceOf(Date);
  });

  it("refuses a migration that was edited, and says what to do", async () => {
    const edited = migrations.map((each) => ({ ...each, checksum: "0".repeat(64) }));
    await expect(run(edited)).rejects.toThrow(
      /`0001_init` was edited after it was applied .*restore the file and put the change into a new migration/,
    );
  });

  it("refuses a database of a newer version, and a migration that comes too late", async () => {
    await expect(run([])).rejects.toThrow(/has migration `0001_init`, which this version does not know/);
    await expect(run([made("0000_late", "select 1"), ...migrations])).rejects.toThrow(
      `sorts before \`${migrations.at(-1)?.name}\``,
    );
  });

  it("undoes one that fails, as a whole, and applies it when it is mended", async () => {
    const broken = made("9998_x", "create table half (id int); select nonsense();");
    await expect(run([...migrations, broken])).rejects.toThrow(/`9998_x` failed and was undone: .*nonsense/);
    expect((await owner.query("select to_regclass('half') as half")).rows).toEqual([{ half: null }]);
    const mended = made("9998_x", "create table whole (id int); drop table whole;");
    expect(await run([...migrations, mended])).toEqual(["9998_x"]);
    await owner.query("delete from _prisma_migrations where migration_name = '9998_x'");
  });

  it("runs once although several processes start it at the same moment", async () => {
    const slow = made("9999_slow", "select pg_sleep(0.2); create table slow (id int);");
    const all = await Promise.all([1, 2, 3].map(() => run([...migrations, slow])));
    expect(all.flat()).toEqual(["9999_slow"]);
    await owner.query("drop table slow; delete from _prisma_migrations where migration_name = '9999_slow'");
  });
});

describe("schema.prisma and the migrations", () => {
  it("describe the same tables, columns, keys and indexes", async () => {
    const sql = await sqlOfPrismaSchema(join(root, "prisma/schema.prisma"));
    await owner.query("begin");
    try {
      await owner.query("create schema from_prisma");
      await owner.query("set local search_path = from_prisma");
      await owner.query(sql.replaceAll('"public"', '"from_prisma"'));
      const fromPrisma = await describeCatalog(owner, "from_prisma");
      const fromMigrations = await describeCatalog(owner, "public");
      expect(fromPrisma.length).toBeGreaterThan(100);
      expect(
        fromPrisma.filter((line) => !fromMigrations.includes(line)),
        "only in schema.prisma",
      ).toEqual([]);
      expect(
        fromMigrations.filter((line) => !fromPrisma.includes(line)),
        "only in the migrations",
      ).toEqual([
        "index cluster_name_in_use_key: unique (organisation_id, name) where (deleted_at is null)",
        "index identity_publication_in_force_key: unique (organisation_id, source_cluster_id, namespace, target_cluster_id) where (withdrawn_at is null)",
        "index organisation_one_installation_key: unique (kind) where (kind = 'installation'::text)",
        "index sign_in_session_provider_id_provider_sid_idx: (provider_id, provider_sid) where (revoked_at is null)",
        "index topology_edge_ends_key: unique nulls not distinct (organisation_id, source_cluster_id, source_kind, source_namespace, source_name, dest_cluster_id, dest_kind, dest_namespace, dest_name, protocol, port)",
      ]);
    } finally {
      await owner.query("rollback");
    }
  });
});
