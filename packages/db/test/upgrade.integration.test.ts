import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../src/embedded-postgres";
import { migrate, readMigrations, type Migration } from "../src/migrate/index";
import { columnsThatMustBeGiven, promisesToTheApplication } from "./promises";

/**
 * The database is brought from the first migration to the newest, one step after the other, while a writer goes on with
 * statements of the first version. What each step takes away from a version that still runs is looked for.
 */
interface Step {
  readonly migration: Migration;
  readonly lost: readonly string[];
  readonly demanded: readonly string[];
  readonly writesBefore: number;
}

const appPassword = "for-tests-only";
const organisationId = randomUUID();
let folder: string;
let postgres: EmbeddedPostgres;
let owner: Client;
const steps: Step[] = [];
const committed: string[] = [];
const failures: unknown[] = [];
let seen: { readonly clusters: ReadonlySet<string>; readonly refused: number };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-upgrade-"));
  await chmod(folder, 0o755);
  postgres = await startEmbeddedPostgres({ dataDir: join(folder, "postgres"), port: 0, volatile: true });
  const migrations = await readMigrations(join(import.meta.dirname, "../../../prisma/migrations"));
  const { ownerUrl } = postgres;
  await migrate({ ownerUrl, migrations: migrations.slice(0, 1), appPassword });
  owner = new Client(postgres.superuserUrl);
  await owner.connect();
  await owner.query("insert into organisation (id, name) values ($1, 'Mine')", [organisationId]);
  const writer = startWriter();
  for (const [index, migration] of migrations.entries()) {
    if (index === 0) continue;
    await writer.progress();
    steps.push(await step(migration, () => migrate({ ownerUrl, migrations: migrations.slice(0, index + 1) })));
  }
  await writer.progress();
  await writer.stop();
  const clusters = await owner.query<{ id: string }>("select id from cluster where region = 'written'");
  const refused = await owner.query<{ n: number }>("select count(*)::int as n from refused_connection");
  seen = { clusters: new Set(clusters.rows.map(({ id }) => id)), refused: refused.rows[0]?.n ?? 0 };
});
afterAll(async () => {
  await owner?.end();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function step(migration: Migration, apply: () => Promise<unknown>): Promise<Step> {
  const [before, given] = [await promisesToTheApplication(owner), await columnsThatMustBeGiven(owner)];
  const tables = new Set([...before].map((line) => /^column (\w+)\./.exec(line)?.[1]));
  const writesBefore = committed.length;
  await apply();
  const after = await promisesToTheApplication(owner);
  const demanded = [...(await columnsThatMustBeGiven(owner))].filter((each) => !given.has(each));
  return {
    migration,
    writesBefore,
    lost: [...before].filter((line) => !after.has(line)).toSorted(),
    demanded: demanded.filter((each) => tables.has(each.split(".")[0])),
  };
}

/** Commits one transaction after the other as the application; `progress` waits for five more. */
function startWriter() {
  let stopping = false;
  const ended = (async () => {
    const app = new Client(postgres.appUrl(appPassword));
    await app.connect();
    while (!stopping) {
      const id = randomUUID();
      try {
        await write(app, id);
        committed.push(id);
      } catch (error) {
        failures.push(error);
        await app.query("rollback");
      }
    }
    await app.end();
  })();
  return {
    progress: async () => {
      const until = committed.length + 5;
      while (committed.length < until && failures.length === 0) await new Promise((resolve) => setImmediate(resolve));
    },
    stop: async () => {
      stopping = true;
      await ended;
    },
  };
}

async function write(app: Client, id: string): Promise<void> {
  await app.query("begin");
  await app.query("select set_config('isthmus.organisation', $1, true)", [organisationId]);
  await app.query("insert into cluster (id, organisation_id, name, ordinal) values ($1::uuid, $2, $1::text, $3)", [
    id,
    organisationId,
    committed.length,
  ]);
  await app.query("insert into refused_connection (organisation_id, code, message) values ($1, 'x', $2)", [
    organisationId,
    id,
  ]);
  await app.query("update cluster set region = 'written' where id = $1", [id]);
  await app.query("commit");
}

/** From before the rule: docs/operate/upgrade.md says that the web app is stopped for this one. */
const beforeTheRule = new Set(["0002_access"]);

/** What a migration says it takes away on purpose: `-- contract: <line>, unused since <version>`. */
const saidBy = ({ sql }: Migration) =>
  [...sql.matchAll(/^-- contract: (.+), unused since .+$/gm)].map(([, line]) => line);

describe("an upgrade under load", () => {
  it("loses no write and fails none, from the first version to the newest", () => {
    expect(failures).toEqual([]);
    expect(committed.length).toBeGreaterThan(steps.length * 5);
    expect(committed.filter((id) => !seen.clusters.has(id))).toEqual([]);
    expect(seen.refused).toBe(committed.length);
    expect(steps.every(({ writesBefore }, index) => writesBefore > (steps[index - 1]?.writesBefore ?? 0))).toBe(true);
  });

  it("takes away nothing that an older version may still use, unless the migration says since when nothing does", () => {
    const silent = steps
      .filter(({ migration }) => !beforeTheRule.has(migration.name))
      .flatMap(({ migration, lost, demanded }) => [
        ...lost
          .filter((line) => !saidBy(migration).includes(line))
          .map((line) => `${migration.name} takes away: ${line}`),
        ...demanded.map((column) => `${migration.name} demands of older inserts: ${column}; give it a default`),
      ]);
    expect(silent).toEqual([]);
  });

  it("sees what 0002_access, from before that rule, took away", () => {
    const [first] = steps;
    expect(first?.migration.name).toBe("0002_access");
    expect(first?.lost).toContain("column membership.role text");
    expect(first?.lost.some((line) => line.startsWith("function find_sign_in_session("))).toBe(true);
  });
});
