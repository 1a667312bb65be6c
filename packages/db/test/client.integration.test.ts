import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addMember,
  createDatabase,
  DatabaseError,
  installationId,
  listen,
  publish,
  tryLock,
  type Database,
} from "../src/index";
import { startTestDatabase, type TestDatabase } from "../src/testing";
import { prismaOf } from "../src/transaction";

let server: TestDatabase;
let database: Database;
const organisationId = randomUUID();
const owner = {
  organisationId,
  organisationName: "Acme",
  personId: randomUUID(),
  email: "Owner@acme.example",
  displayName: "Olga Owner",
  passwordHash: "$argon2id$…",
  mustChangePassword: true,
};
const fresh = { requiresOwnProvider: false, lastSignInAt: null };

beforeAll(async () => {
  server = await startTestDatabase();
  database = createDatabase(server.appUrl);
  await database.lookups.bootstrapOwner(owner);
});
afterAll(async () => {
  await database?.close();
  await server?.stop();
});

describe("look-ups", () => {
  it("make a first owner once only", async () => {
    expect(await database.lookups.bootstrapOwner({ ...owner, organisationId: randomUUID() })).toBe(false);
    expect(await database.lookups.listOrganisationsForJobs()).toEqual([{ id: organisationId, name: "Acme" }]);
  });

  it("find a person by address, whatever its case", async () => {
    const person = await database.lookups.findPersonByEmail("OWNER@acme.example");
    expect(person).toEqual({
      personId: owner.personId,
      email: "owner@acme.example",
      displayName: "Olga Owner",
      passwordHash: owner.passwordHash,
      mustChangePassword: true,
      hasSecondFactor: false,
      memberships: [
        { organisationId, organisationName: "Acme", organisationKind: "ordinary", ...fresh },
        {
          organisationId: installationId,
          organisationName: "Installation",
          organisationKind: "installation",
          ...fresh,
        },
      ],
    });
    expect(await database.lookups.findPersonByEmail("nobody@acme.example")).toBeUndefined();
  });

  it("find a session, a grant and a credential by what their holders show", async () => {
    const org = database.forOrganisation(organisationId);
    const ids = { session: randomUUID(), cluster: randomUUID(), grant: randomUUID(), credential: randomUUID() };
    const [tokenHash, secretHash, publicKey] = [Buffer.from("t1"), Buffer.from("s1"), Buffer.from("k1")];
    const expiresAt = new Date("2030-01-01T00:00:00.000Z");
    await org.transaction(async (tx) => {
      const prisma = prismaOf(tx);
      await prisma.signInSession.create({
        data: { id: ids.session, organisationId, personId: owner.personId, tokenHash, expiresAt },
      });
      await prisma.cluster.create({ data: { id: ids.cluster, organisationId, name: "eu-west", ordinal: 0 } });
      await prisma.enrolmentGrant.create({
        data: { id: ids.grant, organisationId, clusterId: ids.cluster, secretHash, expiresAt, options: { a: 1 } },
      });
      await prisma.agentCredential.create({
        data: { id: ids.credential, organisationId, clusterId: ids.cluster, publicKey, kubeSystemUid: "u", expiresAt },
      });
    });
    const session = await database.lookups.findSignInSession(tokenHash);
    expect(session).toMatchObject({
      id: ids.session,
      organisationId,
      organisationName: "Acme",
      personId: owner.personId,
      email: "owner@acme.example",
      displayName: "Olga Owner",
      mustChangePassword: true,
      organisationKind: "ordinary",
      requiresOwnProvider: false,
      deletionDueAt: null,
      proof: "password",
      providerId: null,
      providerOrganisationId: null,
      providerEnabled: false,
      secondFactor: false,
      viewAs: null,
      membershipDisabledAt: null,
      expiresAt,
      revokedAt: null,
    });
    expect(session?.createdAt).toBeInstanceOf(Date);
    expect(session?.lastSeenAt).toBeInstanceOf(Date);
    const grant = await database.lookups.findGrant(ids.grant);
    expect(grant).toEqual({
      id: ids.grant,
      organisationId,
      clusterId: ids.cluster,
      name: "eu-west",
      clusterDeletedAt: null,
      secretHash: expect.anything(),
      expiresAt,
      redemptionsAllowed: 1,
      redemptionsUsed: 0,
      revokedAt: null,
      options: { a: 1 },
    });
    expect(Buffer.from(grant?.secretHash ?? []).toString()).toBe("s1");
    const credential = await database.lookups.findCredential(ids.credential);
    expect(credential).toMatchObject({ organisationId, clusterId: ids.cluster, kubeSystemUid: "u", revokedAt: null });
    expect(Buffer.from(credential?.publicKey ?? []).toString()).toBe("k1");
    expect(await database.lookups.findCredential(randomUUID())).toBeUndefined();
  });
});

describe("an organisation's client", () => {
  it("forgets the organisation at the end of each transaction", async () => {
    await database.forOrganisation(organisationId).transaction(async (tx) => {
      expect(await prismaOf(tx).cluster.count()).toBe(1);
    });
    const connections = Array.from({ length: 12 }, () => database.global((tx) => prismaOf(tx).cluster.count()));
    expect(await Promise.all(connections)).toEqual(Array.from({ length: 12 }, () => 0));
  });

  it("rolls back when its work throws, and lets that error through", async () => {
    const org = database.forOrganisation(organisationId);
    const work = org.transaction(async (tx) => {
      await prismaOf(tx).setting.create({ data: { organisationId, key: "k", value: 1 } });
      throw new RangeError("mine");
    });
    await expect(work).rejects.toThrow(new RangeError("mine"));
    expect(await org.transaction((tx) => prismaOf(tx).setting.count())).toBe(0);
  });

  it("wraps what Postgres refuses", async () => {
    const org = database.forOrganisation(organisationId);
    const twice = org.transaction((tx) =>
      prismaOf(tx).cluster.create({ data: { id: randomUUID(), organisationId, name: "eu-west", ordinal: 7 } }),
    );
    await expect(twice).rejects.toMatchObject({ name: "DatabaseError", code: "unique-violation", retryable: false });
    const stranger = org.transaction((tx) =>
      prismaOf(tx).cluster.create({ data: { id: randomUUID(), organisationId: randomUUID(), name: "x", ordinal: 8 } }),
    );
    await expect(stranger).rejects.toMatchObject({ code: "refused" });
    const nowhere = createDatabase("postgres://isthmus_app:x@127.0.0.1:1/isthmus");
    const lost = await nowhere.ping().catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(DatabaseError);
    expect(lost).toMatchObject({ code: "unavailable", retryable: true });
    await nowhere.close();
  });

  it("refuses what is not an organisation id", () => {
    expect(() => database.forOrganisation("'; select 1")).toThrow("not an organisation id");
  });

  it("holds a lock for one transaction at a time, per organisation", async () => {
    const org = database.forOrganisation(organisationId);
    await org.transaction(async (tx) => {
      expect(await tryLock(tx, "compile")).toBe(true);
      const rival = (id: string) => database.forOrganisation(id).transaction((other) => tryLock(other, "compile"));
      expect(await rival(organisationId)).toBe(false);
      expect(await rival(randomUUID())).toBe(true);
    });
    expect(await org.transaction((tx) => tryLock(tx, "compile"))).toBe(true);
  });

  it("makes members, and knows a person who is one elsewhere", async () => {
    const member = {
      personId: randomUUID(),
      email: "Mia@acme.example",
      displayName: "Mia",
      passwordHash: null,
      mustChangePassword: false,
      role: "viewer",
    };
    const org = database.forOrganisation(organisationId);
    expect(await org.transaction((tx) => addMember(tx, member))).toBe(member.personId);
    await expect(org.transaction((tx) => addMember(tx, member))).rejects.toMatchObject({ code: "unique-violation" });
    expect(await org.transaction((tx) => prismaOf(tx).person.count())).toBe(2);
  });
});

describe("notifications", () => {
  it("arrive when the transaction commits, never when it does not, and again after a lost connection", async () => {
    const org = database.forOrganisation(organisationId);
    const seen: string[] = [];
    const wake: (() => void)[] = [];
    const note = (text: string) => {
      seen.push(text);
      wake.splice(0).forEach((resume) => resume());
    };
    const until = async (text: string) => {
      while (!seen.includes(text)) await new Promise<void>((resolve) => wake.push(resolve));
    };
    const listener = listen(server.appUrl, {
      onNotification: ({ organisation, topic, id }) => note(`${organisation === organisationId} ${topic} ${id}`),
      onMaybeMissed: () => note(`connected ${seen.filter((line) => line.startsWith("connected")).length}`),
      onDisconnected: () => note("lost"),
    });
    await until("connected 0");
    const undone = org.transaction(async (tx) => {
      await publish(tx, { topic: "policy", id: "undone" });
      throw new Error("undo");
    });
    await expect(undone).rejects.toThrow("undo");
    await org.transaction((tx) => publish(tx, { topic: "desired", id: "c1" }));
    await until("true desired c1");
    expect(seen).toEqual(["connected 0", "true desired c1"]);
    await database.global(
      (tx) => prismaOf(tx).$queryRaw`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'isthmus-listen'`,
    );
    await until("lost");
    await until("connected 1");
    await org.transaction((tx) => publish(tx, { topic: "status", id: "c2" }));
    await until("true status c2");
    await listener.close();
  });
});
