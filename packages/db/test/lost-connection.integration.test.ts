import { getEventListeners } from "node:events";
import { randomUUID } from "node:crypto";
import { mkdtemp, chmod, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../src/embedded-postgres";
import { createDatabase, DatabaseError, listen } from "../src/index";
import { migrate, readMigrations } from "../src/migrate/index";
import { prismaOf } from "../src/transaction";

let folder: string;
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-lost-"));
  await chmod(folder, 0o755);
  postgres = await startEmbeddedPostgres({ dataDir: folder, port: 0 });
  const migrations = await readMigrations(join(import.meta.dirname, "../../../prisma/migrations"));
  await migrate({ ownerUrl: postgres.ownerUrl, migrations, appPassword: "p" });
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("Postgres killed with -9 under load", () => {
  it("fails every operation as unavailable and retryable, and all go on when it is back", async () => {
    const database = createDatabase(postgres.appUrl("p"));
    const org = database.forOrganisation(randomUUID());
    const work = () =>
      org.transaction(async (tx) => {
        for (let each = 0; each < 20; each++) await prismaOf(tx).$queryRaw`select count(*) from pg_sleep(0.01)`;
      });
    const connected: string[] = [];
    const listener = listen(postgres.appUrl("p"), {
      onNotification: () => undefined,
      onMaybeMissed: () => connected.push("connected"),
    });
    await vi.waitFor(() => expect(connected).toHaveLength(1));
    const running = Array.from({ length: 12 }, () =>
      work().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    await vi.waitFor(async () => expect(await database.lookups.listOrganisationsForJobs()).toEqual([]));
    process.kill(postgres.pid, "SIGKILL");
    await postgres.exited;
    const errors = [...(await Promise.all(running)), await work().catch((error: unknown) => error)].filter(Boolean);
    expect(errors.length).toBeGreaterThan(0);
    const foreign = errors.filter((error) => !(error instanceof DatabaseError) || error.code !== "unavailable");
    expect(foreign).toEqual([]);
    postgres = await startEmbeddedPostgres({ dataDir: folder, port: postgres.port });
    await vi.waitFor(() => work(), { timeout: 15_000 });
    await vi.waitFor(() => expect(connected.length).toBeGreaterThan(1), { timeout: 15_000 });
    await listener.close();
    await database.close();
  });

  it("harms nobody whose connections are idle, whatever their last transaction came to", async () => {
    const database = createDatabase(postgres.appUrl("p"));
    const org = database.forOrganisation(randomUUID());
    const outcomes = [
      () => org.transaction((tx) => prismaOf(tx).cluster.count()),
      () => org.transaction((tx) => prismaOf(tx).$queryRaw`select nonsense`),
      () => org.transaction((tx) => prismaOf(tx).$queryRaw`select pg_sleep(0.01)`), // a type that Prisma cannot read
      () => org.transaction(() => Promise.reject(new RangeError("mine"))),
    ];
    await Promise.allSettled([...outcomes, ...outcomes, ...outcomes].map((work) => work()));
    process.kill(postgres.pid, "SIGKILL");
    await postgres.exited;
    postgres = await startEmbeddedPostgres({ dataDir: folder, port: postgres.port });
    await vi.waitFor(async () => expect(await outcomes[0]!()).toBe(0), { timeout: 15_000 });
    await database.close();
  });
});

describe("a listener that reconnects for long", () => {
  it("leaves nothing behind each time", async () => {
    const signals: AbortSignal[] = [];
    let lost = 0;
    const listener = listen(
      "postgres://isthmus_app:p@127.0.0.1:1/isthmus",
      { onNotification: () => undefined, onMaybeMissed: () => undefined, onDisconnected: () => (lost += 1) },
      {
        sleep: (_, signal) => {
          if (signal) signals.push(signal as AbortSignal);
          return Promise.resolve();
        },
      },
    );
    await vi.waitFor(() => expect(lost).toBeGreaterThan(20));
    const [signal] = signals;
    expect(signal && getEventListeners(signal, "abort").length).toBeLessThan(3);
    await listener.close();
  });
});
