import { describe, expect, it } from "vitest";
import { readMigrateConfig } from "./config";
import { planMigrations, type AppliedMigration, type Migration } from "./migrations";

const migration = (name: string, checksum = `sum of ${name}`): Migration => ({ name, sql: "select 1", checksum });
const applied = (name: string, changes: Partial<AppliedMigration> = {}): AppliedMigration => ({
  name,
  checksum: `sum of ${name}`,
  finished: true,
  rolledBack: false,
  ...changes,
});
const folder = [migration("0001_a"), migration("0002_b"), migration("0003_c")];

describe("planMigrations", () => {
  it.each([
    { name: "a new database", rows: [], pending: ["0001_a", "0002_b", "0003_c"] },
    { name: "an older one", rows: [applied("0001_a")], pending: ["0002_b", "0003_c"] },
    { name: "an up-to-date one", rows: folder.map(({ name }) => applied(name)), pending: [] },
    {
      name: "one that was rolled back",
      rows: [applied("0001_a"), applied("0002_b", { rolledBack: true, finished: false })],
      pending: ["0002_b", "0003_c"],
    },
  ])("$name", ({ rows, pending }) => {
    expect(planMigrations(folder, rows).map(({ name }) => name)).toEqual(pending);
  });

  it.each([
    { name: "an edited one", rows: [applied("0001_a", { checksum: "other" })], message: /`0001_a` was edited/ },
    { name: "one of a newer version", rows: [applied("0009_z")], message: /start that version/ },
    { name: "one begun and not finished", rows: [applied("0001_a", { finished: false })], message: /never finished/ },
    { name: "one that comes too late", rows: [applied("0002_b")], message: /`0001_a` sorts before `0002_b`/ },
  ])("refuses $name", ({ rows, message }) => {
    expect(() => planMigrations(folder, rows)).toThrow(message);
  });
});

describe("readMigrateConfig", () => {
  const url = "postgres://owner@localhost/isthmus";
  it("reads what is set, and finds the folder", () => {
    const config = readMigrateConfig({ ISTHMUS_DATABASE_OWNER_URL: url, ISTHMUS_DATABASE_APP_PASSWORD: "p" });
    expect(config).toEqual({ ownerUrl: url, appPassword: "p", folder: expect.stringMatching(/prisma\/migrations$/) });
  });

  it("leaves the application's password alone where none is given", () => {
    expect(readMigrateConfig({ ISTHMUS_DATABASE_OWNER_URL: url })).not.toHaveProperty("appPassword");
  });

  it.each([
    { environment: {}, message: /ISTHMUS_DATABASE_OWNER_URL is not set: give/ },
    { environment: { ISTHMUS_DATABASE_OWNER_URL: "mysql://x" }, message: /ISTHMUS_DATABASE_OWNER_URL must begin with/ },
  ])("names what is wrong: $message", ({ environment, message }) => {
    expect(() => readMigrateConfig(environment)).toThrow(message);
  });
});
