import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "pg";
import { chooseAccount, requireReachable } from "./embedded/account";
import { findBinaries } from "./embedded/binaries";
import { clearFormerServer } from "./embedded/former-server";
import { initialise, keptPassword, superuser } from "./embedded/initialise";
import { claimPort } from "./embedded/port";
import { startServer, type Server } from "./embedded/server";

export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from "./embedded/errors";

/** Where and how the embedded Postgres runs. */
export interface EmbeddedPostgresOptions {
  /** A folder of its own; made where it does not exist, repaired where a killed start left it. */
  readonly dataDir: string;
  /** On 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  readonly onLog?: (line: string) => void;
  /** For tests: faster, and not durable across a crash of the machine. */
  readonly volatile?: boolean;
}

/** A running Postgres with the role isthmus_owner and the database isthmus. */
export interface EmbeddedPostgres extends Server {
  readonly port: number;
  /** For the migrations: the role isthmus_owner, which owns the database. */
  readonly ownerUrl: string;
  /** For tests alone: the superuser, whom no row-level security binds. */
  readonly superuserUrl: string;
  /** For web and gateway: the role isthmus_app, which the migrations make and give this password. */
  appUrl(password: string): string;
}

/** Starts Postgres in `dataDir`, as an unprivileged account where this process is root. Fails with EmbeddedPostgresError. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { onLog = () => undefined, volatile = false } = options;
  const folder = resolve(options.dataDir);
  const dataFolder = join(folder, "data");
  const isNew = !existsSync(folder);
  const account = chooseAccount(dataFolder, { uid: process.getuid?.() ?? 1, gid: process.getgid?.() ?? 1 });
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  requireReachable(folder, account);
  const binaries = findBinaries(folder, account);
  if (isNew) onLog(`making a new data folder, as ${account.name}`);
  const superuserPassword = keptPassword(join(folder, "superuser-password"));
  initialise(dataFolder, superuserPassword, { account, binaries });
  await clearFormerServer(dataFolder, onLog);
  const port = await claimPort(options.port);
  const server = await startServer({ account, binaries, dataFolder, port, volatile, onLog });
  const ownerPassword = keptPassword(join(folder, "owner-password"));
  try {
    await prepareDatabase(urlOf(superuser, superuserPassword, { port, database: "postgres" }), ownerPassword);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    ...server,
    port,
    superuserUrl: urlOf(superuser, superuserPassword, { port, database: "isthmus" }),
    ownerUrl: urlOf("isthmus_owner", ownerPassword, { port, database: "isthmus" }),
    appUrl: (password) => urlOf("isthmus_app", password, { port, database: "isthmus" }),
  };
}

/** Where an embedded Postgres keeps its data and listens. */
interface EmbeddedPostgresPlace {
  readonly dataDir: string;
  readonly port: number;
}

/** For backups: the superuser of an embedded Postgres that runs. */
export const superuserUrlOf = ({ dataDir, port }: EmbeddedPostgresPlace): string =>
  urlOf(superuser, keptPassword(join(dataDir, "superuser-password")), { port, database: "isthmus" });

/** For a restore: the owner of the database of an embedded Postgres that runs. */
export const ownerUrlOf = ({ dataDir, port }: EmbeddedPostgresPlace): string =>
  urlOf("isthmus_owner", keptPassword(join(dataDir, "owner-password")), { port, database: "isthmus" });

function urlOf(role: string, password: string, { port, database }: { port: number; database: string }): string {
  return `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function prepareDatabase(superuserUrl: string, ownerPassword: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ role: boolean; database: boolean; literal: string }>(
      `select exists (select from pg_roles where rolname = 'isthmus_owner') as role,
              exists (select from pg_database where datname = 'isthmus') as database, quote_literal($1) as literal`,
      [ownerPassword],
    );
    const { role = false, database = false, literal = "null" } = rows[0] ?? {};
    await client.query(`${role ? "alter" : "create"} role isthmus_owner login createrole password ${literal}`);
    if (!database) await client.query("create database isthmus owner isthmus_owner");
  } finally {
    await client.end();
  }
}
