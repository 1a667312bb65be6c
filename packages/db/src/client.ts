import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import { CONNECTION_LIMITS, type ConnectionKind } from "./connection-limits";
import { wrapDatabaseError } from "./errors";
import { PrismaClient, type Prisma } from "./generated/client";
import { createLookups, type Lookups } from "./lookups";
import type { Reach } from "./reach";
import { doWhatIsLast, handleFor, type GlobalTransaction, type OrganisationTransaction } from "./transaction";

/** The rows of one organisation: every operation runs in a transaction that Postgres itself confines to it. */
export interface OrganisationClient {
  readonly organisationId: string;
  /** Runs `work` in one transaction, which commits when it resolves and rolls back when it throws. */
  transaction<T>(work: (tx: OrganisationTransaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/** How a transaction runs; the default is read committed and 30 s. */
export interface TransactionOptions {
  readonly isolation?: "read-committed" | "repeatable-read" | "serializable";
  /** Also what Postgres lets it wait, work and idle; by default that is as the kind of connection has it. */
  readonly timeoutMs?: number;
}

/** How a pool is made. */
export interface DatabaseOptions {
  /** 10 by default. */
  readonly maxConnections?: number;
  /** Who uses it, which says for how long Postgres bears with a transaction; `web` by default. */
  readonly kind?: ConnectionKind;
}

/** Connections of a pool, by what they do now. */
export interface PoolUse {
  readonly busy: number;
  readonly idle: number;
  /** Who waits for a connection. */
  readonly waiting: number;
  /** How many connections there may be. */
  readonly limit: number;
}

/** One pool of connections to Postgres as the role `isthmus_app`. */
export interface Database {
  /**
   * Binds to an organisation; the id must come from a credential or a session, never from a message. With a reach, what
   * repositories read is narrowed to it.
   */
  forOrganisation(organisationId: string, reach?: Reach): OrganisationClient;
  /** Runs `work` outside every organisation, where only the global tables have rows. */
  global<T>(work: (tx: GlobalTransaction) => Promise<T>): Promise<T>;
  /** The named look-ups that may see across organisations. */
  readonly lookups: Lookups;
  /** Rejects unless Postgres answers. */
  ping(): Promise<void>;
  /** How the pool is used now. */
  poolUse(): PoolUse;
  close(): Promise<void>;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const isolationLevels = {
  "read-committed": "ReadCommitted",
  "repeatable-read": "RepeatableRead",
  serializable: "Serializable",
} as const;

/** Opens a pool to `url` (as the role isthmus_app); connections are made when first needed. */
export function createDatabase(url: string, { maxConnections = 10, kind = "web" }: DatabaseOptions = {}): Database {
  const limits = CONNECTION_LIMITS[kind];
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    statement_timeout: limits.statementMs,
    lock_timeout: limits.lockMs,
    idle_in_transaction_session_timeout: limits.idleInTransactionMs,
  });
  // A connection that breaks while nobody waits on it says so by an event, and one without a listener ends the process.
  // Whoever uses the connection next gets the error.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });
  return {
    forOrganisation: (organisationId, reach) => organisationClient(prisma, organisationId, reach),
    global: (work) => run(prisma, {}, (client) => work(handleFor({ kind: "global" }, client))),
    lookups: createLookups(prisma),
    ping: () => wrapped(async () => void (await prisma.$queryRaw`select 1`)),
    poolUse: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      limit: maxConnections,
    }),
    close: () => prisma.$disconnect(),
  };
}

function organisationClient(prisma: PrismaClient, organisationId: string, reach?: Reach): OrganisationClient {
  if (!uuid.test(organisationId)) throw new TypeError(`not an organisation id: ${JSON.stringify(organisationId)}`);
  return {
    organisationId,
    transaction: (work, options = {}) =>
      run(prisma, options, async (client) => {
        await client.$executeRaw`select set_config('isthmus.organisation', ${organisationId}, true)`;
        if (options.timeoutMs !== undefined) await setLimits(client, options.timeoutMs);
        const tx = handleFor({ kind: "organisation", organisationId, ...(reach ? { reach } : {}) } as const, client);
        const answer = await work(tx);
        await doWhatIsLast(tx);
        return answer;
      }),
  };
}

async function setLimits(client: Prisma.TransactionClient, timeoutMs: number): Promise<void> {
  await client.$executeRaw`
    select set_config(name, ${`${timeoutMs}`}, true)
    from unnest(array['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']) as name`;
}

function run<T>(
  prisma: PrismaClient,
  { isolation, timeoutMs = 30_000 }: TransactionOptions,
  work: (client: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  const level = isolation === undefined ? {} : { isolationLevel: isolationLevels[isolation] };
  return wrapped(() => prisma.$transaction(work, { timeout: timeoutMs, maxWait: 10_000, ...level }));
}

async function wrapped<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw wrapDatabaseError(error);
  }
}
