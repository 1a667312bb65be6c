import { randomBytes, randomUUID } from "node:crypto";
import {
  createCluster,
  createDatabase,
  createGrant,
  createJobLeader,
  listen,
  type Database,
  type OrganisationClient,
} from "@isthmus/db";
import { startTestDatabase, type TestDatabase } from "@isthmus/db/testing";
import {
  createFlowStore,
  migrateFlowStore,
  type FlowStore,
  type FlowStoreConnection,
  type FlowWriter,
} from "@isthmus/flow-store";
import { startTestFlowStore, type TestFlowStore } from "@isthmus/flow-store/testing";
import { generateLinkKey, sha256, type LinkKey } from "@isthmus/protocol";
import { pino } from "pino";
import type { Role } from "../../src/config";
import { startGateway, type Gateway, type GatewayBounds } from "../../src/gateway";
import { wallClock } from "../../src/wall-clock";
import { TestAgent, type DialOptions } from "./test-agent";

/** Real stores, one organisation in them, and gateways on demand. */
export interface Stack {
  readonly postgres: TestDatabase;
  readonly clickhouse: TestFlowStore;
  readonly database: Database;
  readonly flows: FlowStore;
  readonly signingKey: LinkKey;
  readonly organisationId: string;
  readonly personId: string;
  readonly organisation: OrganisationClient;
  gateway(options?: GatewayOptions): Promise<Gateway>;
  cluster(name: string): Promise<string>;
  /** Of a cluster, by its id, or of a fleet. */
  grant(
    place: string | { readonly namePrefix: string; readonly labels?: Readonly<Record<string, string>> },
    options?: GrantFields,
  ): Promise<{ readonly id: string; readonly secret: string }>;
  stop(): Promise<void>;
}

/** What a test changes of a gateway. */
export interface GatewayOptions {
  readonly roles?: readonly Role[];
  readonly flows?: Partial<FlowWriter>;
  /** Hears no announcements, as when its connection for them is cut. */
  readonly deaf?: boolean;
  readonly signingKey?: LinkKey;
  readonly nextSigningKey?: LinkKey;
  readonly bounds?: Partial<GatewayBounds>;
}

/** What a test changes of a grant. */
export interface GrantFields {
  readonly expiresAt?: Date;
  readonly redemptionsAllowed?: number;
  readonly needsApproval?: boolean;
}

const bothRoles: readonly Role[] = ["sessions", "jobs"];

/** Starts Postgres and ClickHouse with their schemas, and makes an organisation. */
export async function startStack(): Promise<Stack> {
  const [postgres, clickhouse] = await Promise.all([startTestDatabase(), startTestFlowStore()]);
  return { ...(await stackOn(postgres, clickhouse)), clickhouse };
}

/** Everything but the ways to hurt ClickHouse. */
export type StackOn = Omit<Stack, "clickhouse">;

/** Makes an organisation in stores that were just started; `stop` stops them too. */
export async function stackOn(
  postgres: TestDatabase,
  clickhouse: { readonly connection: FlowStoreConnection; stop(): Promise<unknown> },
): Promise<StackOn> {
  const database = createDatabase(postgres.appUrl);
  await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
  const flows = createFlowStore(clickhouse.connection);
  const signingKey = generateLinkKey();
  const [organisationId, personId] = [randomUUID(), randomUUID()];
  await database.lookups.bootstrapOwner({
    organisationId,
    organisationName: "Test",
    personId,
    email: "owner@example.test",
    displayName: "Owner",
    passwordHash: "x",
    mustChangePassword: false,
  });
  const organisation = database.forOrganisation(organisationId);
  const closers: (() => Promise<void>)[] = [];
  return {
    postgres,
    database,
    flows,
    signingKey,
    organisationId,
    personId,
    organisation,
    gateway: async ({ roles = bothRoles, flows: changed = {}, deaf = false, ...keys } = {}) => {
      const own = createDatabase(postgres.appUrl, { kind: "gateway" });
      const leader = createJobLeader(postgres.appUrl);
      const gateway = await startGateway(
        {
          listen: { host: "127.0.0.1", port: 0 },
          roles,
          gatewayId: `test/${randomUUID()}`,
          signingKey: keys.signingKey ?? signingKey,
          nextSigningKey: keys.nextSigningKey,
          retentionDays: 7,
          ...(keys.bounds && { bounds: keys.bounds }),
        },
        {
          database: own,
          listen: (events) => (deaf ? { close: () => Promise.resolve() } : listen(postgres.appUrl, events)),
          leader,
          flows: { ...flows, ...changed },
          clock: wallClock,
          log: pino({ level: process.env["ISTHMUS_TEST_LOG"] ?? "silent" }),
          randomBytes: (length) => randomBytes(length),
          newId: () => randomUUID(),
        },
      );
      let stopped: Promise<void> | undefined;
      const stop = (): Promise<void> =>
        (stopped ??= gateway
          .stop()
          .then(() => Promise.all([leader.close(), own.close()]))
          .then(() => undefined));
      closers.push(stop);
      return { port: gateway.port, stop };
    },
    cluster: async (name) => {
      const id = randomUUID();
      await organisation.transaction((tx) =>
        createCluster(tx, { id, name, labels: { region: name }, createdBy: personId, at: new Date() }),
      );
      return id;
    },
    grant: async (
      place,
      { expiresAt = new Date(Date.now() + 600_000), redemptionsAllowed = 1, needsApproval = false } = {},
    ) => {
      const id = randomUUID();
      const secret = randomBytes(32).toString("base64url");
      const options = {
        namespace: "isthmus",
        goldmaneAddress: "",
        image: "",
        gatewayUrls: [],
        pinnedKeyIds: [signingKey.id],
      };
      await organisation.transaction((tx) =>
        createGrant(tx, {
          id,
          for:
            typeof place === "string" ? { kind: "cluster", clusterId: place } : { kind: "fleet", labels: {}, ...place },
          needsApproval,
          secretHash: sha256(secret),
          expiresAt,
          redemptionsAllowed,
          options,
          createdBy: personId,
          at: new Date(),
        }),
      );
      return { id, secret };
    },
    stop: async () => {
      await Promise.all(closers.map((close) => close()));
      await Promise.all([database.close(), flows.close()]);
      await Promise.all([postgres.stop(), clickhouse.stop()]);
    },
  };
}

/** Dials with a grant. */
export function dialGrant(
  stack: StackOn,
  options: {
    readonly port: number;
    readonly grant: { readonly id: string; readonly secret: string };
    readonly clusterUid: string;
  } & Partial<DialOptions>,
): TestAgent {
  const { grant, ...rest } = options;
  return new TestAgent({
    pinnedKeyIds: [stack.signingKey.id],
    claim: { case: "grantId", value: grant.id },
    grantSecret: grant.secret,
    ...rest,
  });
}

/** Dials with a credential. */
export function dialCredential(
  stack: StackOn,
  options: {
    readonly port: number;
    readonly credentialId: string;
    readonly key: LinkKey;
    readonly clusterUid: string;
  } & Partial<DialOptions>,
): TestAgent {
  const { credentialId, ...rest } = options;
  return new TestAgent({
    pinnedKeyIds: [stack.signingKey.id],
    claim: { case: "credentialId", value: credentialId },
    ...rest,
  });
}

/** An agent that has just been enrolled into a new cluster. */
export async function enrol(
  stack: StackOn,
  port: number,
  named: string | ({ readonly name: string } & Partial<DialOptions>),
) {
  const { name, ...more } = typeof named === "string" ? { name: named } : named;
  const clusterId = await stack.cluster(name);
  const clusterUid = `uid-${name}`;
  const agent = dialGrant(stack, { port, grant: await stack.grant(clusterId), clusterUid, ...more });
  const welcome = await agent.opened();
  const credentialId = welcome.credential?.credentialId ?? "";
  return { clusterId, clusterUid, agent, welcome, credentialId, key: agent.key };
}

/** Waits until `check` gives something; no sleep is longer than the condition needs. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined>, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
