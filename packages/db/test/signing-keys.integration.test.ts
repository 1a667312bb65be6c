import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createDatabase,
  listSigningKeys,
  registerSigningKeys,
  SIGNING_KEY_LINGERS_MS,
  type Database,
} from "../src/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await startTestDatabase();
  database = createDatabase(server.appUrl);
});
afterAll(async () => {
  await database?.close();
  await server?.stop();
});

const startedAt = new Date("2026-01-01T00:00:00Z").getTime();
const own = (keyId: string, state: "current" | "next") => ({ keyId, publicKey: Buffer.from(keyId), state });
/** A gateway that signs with one key and announces another says so, so many seconds after the first. */
const gateway = (seconds: number, signs: string, announces?: string) =>
  database.global((tx) =>
    registerSigningKeys(tx, {
      keys: [own(signs, "current"), ...(announces === undefined ? [] : [own(announces, "next")])],
      at: new Date(startedAt + seconds * 1_000),
    }),
  );
const states = async () => {
  const keys = await database.global((tx) => listSigningKeys(tx));
  return keys.map(({ keyId, state }) => `${keyId} ${state}`);
};
const lingers = SIGNING_KEY_LINGERS_MS / 1_000;

describe("signing keys of gateways with two settings, as during a change of keys", () => {
  it("are the same in whatever order the gateways start and say it again", async () => {
    await gateway(0, "k1", "k2");
    expect(await states()).toEqual(["k1 current", "k2 next"]);
    await gateway(10, "k2", "k3");
    const both = ["k2 current", "k1 current", "k3 next"].toSorted();
    expect((await states()).toSorted()).toEqual(both);
    await gateway(20, "k1", "k2");
    expect((await states()).toSorted()).toEqual(both);
    await gateway(30, "k2", "k3");
    expect((await states()).toSorted()).toEqual(both);
  });

  it("are listed with those that sign before those that will", async () => {
    expect((await states()).map((line) => line.split(" ")[1])).toEqual(["current", "current", "next"]);
  });

  it("are retired when the last gateway that had them has been gone for a while, and not before", async () => {
    await gateway(20 + lingers - 1, "k2", "k3");
    expect((await states()).toSorted()).toEqual(["k1 current", "k2 current", "k3 next"]);
    await gateway(20 + lingers, "k2", "k3");
    expect(await states()).toEqual(["k2 current", "k3 next"]);
  });

  it("come back when a gateway signs with a retired one after all", async () => {
    await gateway(30 + lingers, "k1");
    expect((await states()).toSorted()).toEqual(["k1 current", "k2 current", "k3 next"]);
  });

  it("tell since when a key has been known, whatever becomes of it", async () => {
    const keys = await database.global((tx) => listSigningKeys(tx));
    const known = Object.fromEntries(keys.map(({ keyId, createdAt }) => [keyId, createdAt.getTime() - startedAt]));
    expect(known).toEqual({ k1: 0, k2: 0, k3: 10_000 });
  });
});
