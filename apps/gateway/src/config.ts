import { readFileSync } from "node:fs";
import { valuesFromFiles } from "@isthmus/std";
import { linkKeyFromPem, type LinkKey } from "@isthmus/protocol";

/** What a gateway process does: holds agents' sessions, runs background jobs, or both. */
export type Role = "sessions" | "jobs";

/** The gateway's settings, read once at start. */
export interface GatewayConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly roles: readonly Role[];
  readonly databaseUrl: string;
  readonly clickhouse: {
    readonly url: string;
    readonly user: string;
    readonly password: string;
    readonly database: string;
    /** Name of the cluster in ClickHouse's configuration; undefined for a single server. */
    readonly cluster: string | undefined;
    /** Authority of its certificate, PEM; undefined: those that the system knows. */
    readonly ca: string | undefined;
  };
  readonly signingKey: LinkKey;
  readonly nextSigningKey: LinkKey | undefined;
  readonly retentionDays: number;
}

/** A wrong setting; the message names the variable and the cure. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_LISTEN = "127.0.0.1:7401";
const DEFAULT_RETENTION_DAYS = 7;

/** May be mounted as files, named by the same variable with _FILE. */
const SECRETS = ["ISTHMUS_DATABASE_URL", "ISTHMUS_CLICKHOUSE_PASSWORD"];

/** Reads the settings from environment variables; throws ConfigError for the first wrong one. */
export function readConfig(given: Environment, readFile: (path: string) => string = readText): GatewayConfig {
  const values = valuesFromFiles(given, SECRETS, readFile);
  if (!values.ok) throw new ConfigError(values.error);
  const env = values.value;
  return {
    listen: parseListen(env["ISTHMUS_GATEWAY_LISTEN"] ?? DEFAULT_LISTEN),
    roles: parseRoles(env["ISTHMUS_GATEWAY_ROLES"] ?? "sessions,jobs"),
    databaseUrl: required(env, "ISTHMUS_DATABASE_URL", "postgres://isthmus_app:…@host:5432/isthmus"),
    clickhouse: {
      url: required(env, "ISTHMUS_CLICKHOUSE_URL", "http://host:8123"),
      user: env["ISTHMUS_CLICKHOUSE_USER"] ?? "isthmus",
      password: env["ISTHMUS_CLICKHOUSE_PASSWORD"] ?? "",
      database: env["ISTHMUS_CLICKHOUSE_DATABASE"] ?? "isthmus",
      cluster: env["ISTHMUS_CLICKHOUSE_CLUSTER"] === "" ? undefined : env["ISTHMUS_CLICKHOUSE_CLUSTER"],
      ca: readCa(env["ISTHMUS_CLICKHOUSE_CA_FILE"], readFile),
    },
    signingKey: readKey(
      "ISTHMUS_SIGNING_KEY_FILE",
      required(env, "ISTHMUS_SIGNING_KEY_FILE", "/keys/signing.pem"),
      readFile,
    ),
    nextSigningKey: optionalKey(env, readFile),
    retentionDays: parseRetention(env["ISTHMUS_FLOW_RETENTION_DAYS"]),
  };
}

function readText(path: string): string {
  return readFileSync(path, "utf8");
}

function required(env: Environment, name: string, example: string): string {
  const value = env[name];
  if (value === undefined || value === "")
    throw new ConfigError(`${name} is not set; set it, for example to ${example}`);
  return value;
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:(?<host>[^:]*|\[[^\]]+\]):)?(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (!match || port > 65_535) {
    throw new ConfigError(`ISTHMUS_GATEWAY_LISTEN is \`${text}\`; write host:port, for example ${DEFAULT_LISTEN}`);
  }
  const host = (match.groups?.["host"] ?? "").replace(/^\[|\]$/g, "");
  return { host: host === "" ? "0.0.0.0" : host, port };
}

function parseRoles(text: string): readonly Role[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const roles = names.filter((name): name is Role => name === "sessions" || name === "jobs");
  if (roles.length === 0 || roles.length !== names.length) {
    throw new ConfigError(`ISTHMUS_GATEWAY_ROLES is \`${text}\`; write \`sessions\`, \`jobs\` or \`sessions,jobs\``);
  }
  return [...new Set(roles)];
}

function readCa(path: string | undefined, readFile: (path: string) => string): string | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`ISTHMUS_CLICKHOUSE_CA_FILE: cannot read \`${path}\` (${why}); give the authority in PEM`, {
      cause,
    });
  }
}

function parseRetention(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_RETENTION_DAYS;
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 3_650) {
    throw new ConfigError(`ISTHMUS_FLOW_RETENTION_DAYS is \`${text}\`; write a whole number of days from 1 to 3650`);
  }
  return days;
}

function optionalKey(env: Environment, readFile: (path: string) => string): LinkKey | undefined {
  const path = env["ISTHMUS_NEXT_SIGNING_KEY_FILE"];
  return path === undefined || path === "" ? undefined : readKey("ISTHMUS_NEXT_SIGNING_KEY_FILE", path, readFile);
}

function readKey(name: string, path: string, readFile: (path: string) => string): LinkKey {
  const make = "make one with `openssl genpkey -algorithm ed25519`";
  let pem: string;
  try {
    pem = readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${name}: cannot read \`${path}\` (${why}); ${make}`, { cause });
  }
  const key = linkKeyFromPem(pem);
  if (!key.ok) throw new ConfigError(`${name}: \`${path}\`: ${key.error.message}; ${make}`);
  return key.value;
}
