import { readFileSync } from "node:fs";
import { isRetentionDays } from "@isthmus/flow-store";
import { err, ok, valuesFromFiles, type Result } from "@isthmus/std";
import { z } from "zod";
import { parseListen } from "../listen.mjs";

/** What the web process was told by its environment. */
export interface WebConfig {
  /** Where people reach this: `https://…` makes cookies Secure. No slash at the end. */
  readonly publicUrl: string;
  readonly databaseUrl: string;
  readonly clickhouse: {
    readonly url: string;
    readonly user: string;
    readonly password: string;
    readonly database: string;
    /** Name of the cluster in ClickHouse's configuration; undefined for a single server. */
    readonly cluster?: string | undefined;
    /** Authority of its certificate, PEM; undefined: those that the system knows. */
    readonly ca?: string | undefined;
  };
  /** Days for which flows are kept where an organisation has set nothing, as the gateways have it. */
  readonly retentionDays: number;
  /** Addresses of gateways that are put into agents' manifests. */
  readonly gatewayUrls: readonly string[];
  readonly agentImage: string | undefined;
  /** The template of the agent's manifest; undefined: `deploy/agent/agent.yaml` of this repository. */
  readonly agentManifest: string | undefined;
  readonly bootstrap: { readonly email: string; readonly password: string } | undefined;
  /** A file that says providers and roles of their groups; undefined: they are set up in the app alone. */
  readonly accessFile: string | undefined;
  /** 32 bytes that seal secrets at rest; undefined: what needs them is barred. */
  readonly secretsKey: Uint8Array | undefined;
  readonly logLevel: string;
  /** Where metrics are served, apart from what people reach; undefined: nowhere. */
  readonly metricsListen: Address | undefined;
}

/** Where a process listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const url = (protocols: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)),
      `must be a URL that begins with ${protocols.map((each) => `${each}://`).join(" or ")}`,
    );

const environment = z.object({
  ISTHMUS_PUBLIC_URL: url(["http", "https"]).default("http://localhost:7400"),
  ISTHMUS_DATABASE_URL: url(["postgres", "postgresql"]),
  ISTHMUS_CLICKHOUSE_URL: url(["http", "https"]),
  ISTHMUS_CLICKHOUSE_USER: z.string().default("isthmus"),
  ISTHMUS_CLICKHOUSE_PASSWORD: z.string().default(""),
  ISTHMUS_CLICKHOUSE_DATABASE: z.string().default("isthmus"),
  ISTHMUS_CLICKHOUSE_CLUSTER: z.string().optional(),
  ISTHMUS_CLICKHOUSE_CA_FILE: z.string().optional(),
  ISTHMUS_FLOW_RETENTION_DAYS: z
    .string()
    .default("7")
    .refine((text) => isRetentionDays(Number(text)), "must be a whole number of days from 1 to 3650")
    .transform(Number),
  ISTHMUS_GATEWAY_PUBLIC_URLS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== ""),
    )
    .pipe(z.array(url(["ws", "wss"]))),
  ISTHMUS_AGENT_IMAGE: z.string().optional(),
  ISTHMUS_AGENT_MANIFEST: z.string().optional(),
  ISTHMUS_BOOTSTRAP_EMAIL: z.email("must be an e-mail address").optional(),
  ISTHMUS_BOOTSTRAP_PASSWORD_FILE: z.string().optional(),
  ISTHMUS_ACCESS_FILE: z.string().optional(),
  ISTHMUS_SECRETS_KEY_FILE: z.string().optional(),
  ISTHMUS_WEB_METRICS_LISTEN: z
    .string()
    .transform((text) => parseListen(text))
    .refine((address) => address !== undefined, "must be host:port")
    .optional(),
  ISTHMUS_LOG_LEVEL: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
});

/** May be mounted as files, named by the same variable with _FILE. */
const secrets = ["ISTHMUS_DATABASE_URL", "ISTHMUS_CLICKHOUSE_PASSWORD"];

/** Reads the configuration; the error names each variable that is wrong and its cure. */
export function parseConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = (path) => readFileSync(path, "utf8"),
): Result<WebConfig, string> {
  const values = valuesFromFiles(env, secrets, readFile);
  if (!values.ok) return values;
  const given = Object.fromEntries(
    Object.entries(values.value).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) return err(parsed.error.issues.map(issueLine).join("\n"));
  const e = parsed.data;
  const bootstrap = readBootstrap(e.ISTHMUS_BOOTSTRAP_EMAIL, e.ISTHMUS_BOOTSTRAP_PASSWORD_FILE, readFile);
  if (!bootstrap.ok) return bootstrap;
  const secretsKey = readSecretsKey(e.ISTHMUS_SECRETS_KEY_FILE, readFile);
  if (!secretsKey.ok) return secretsKey;
  const ca = readAuthority(e.ISTHMUS_CLICKHOUSE_CA_FILE, readFile);
  if (!ca.ok) return ca;
  return ok({
    publicUrl: e.ISTHMUS_PUBLIC_URL.replace(/\/+$/, ""),
    databaseUrl: e.ISTHMUS_DATABASE_URL,
    clickhouse: {
      url: e.ISTHMUS_CLICKHOUSE_URL,
      user: e.ISTHMUS_CLICKHOUSE_USER,
      password: e.ISTHMUS_CLICKHOUSE_PASSWORD,
      database: e.ISTHMUS_CLICKHOUSE_DATABASE,
      cluster: e.ISTHMUS_CLICKHOUSE_CLUSTER,
      ca: ca.value,
    },
    retentionDays: e.ISTHMUS_FLOW_RETENTION_DAYS,
    gatewayUrls: e.ISTHMUS_GATEWAY_PUBLIC_URLS,
    agentImage: e.ISTHMUS_AGENT_IMAGE,
    agentManifest: e.ISTHMUS_AGENT_MANIFEST,
    bootstrap: bootstrap.value,
    accessFile: e.ISTHMUS_ACCESS_FILE,
    secretsKey: secretsKey.value,
    logLevel: e.ISTHMUS_LOG_LEVEL,
    metricsListen: e.ISTHMUS_WEB_METRICS_LISTEN,
  });
}

const examples: Readonly<Record<string, string>> = {
  ISTHMUS_DATABASE_URL: "postgres://isthmus_app:password@localhost:5432/isthmus",
  ISTHMUS_CLICKHOUSE_URL: "http://localhost:7440",
  ISTHMUS_PUBLIC_URL: "https://isthmus.example.org",
  ISTHMUS_GATEWAY_PUBLIC_URLS: "wss://mesh.example.org",
  ISTHMUS_WEB_METRICS_LISTEN: "127.0.0.1:7410",
};

function issueLine(issue: z.core.$ZodIssue): string {
  const name = String(issue.path[0] ?? "");
  const missing = issue.code === "invalid_type";
  const example = examples[name];
  return `${name}: ${missing ? "is not set" : issue.message}${example === undefined ? "" : `; for example ${name}=${example}`}`;
}

function readBootstrap(
  email: string | undefined,
  passwordFile: string | undefined,
  readFile: (path: string) => string,
): Result<WebConfig["bootstrap"], string> {
  if (email === undefined && passwordFile === undefined) return ok(undefined);
  if (email === undefined || passwordFile === undefined) {
    return err("ISTHMUS_BOOTSTRAP_EMAIL and ISTHMUS_BOOTSTRAP_PASSWORD_FILE go together: set both, or neither");
  }
  let password: string;
  try {
    password = readFile(passwordFile).trim();
  } catch (error) {
    return err(
      `ISTHMUS_BOOTSTRAP_PASSWORD_FILE: cannot be read (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  if (password.length < 12)
    return err("ISTHMUS_BOOTSTRAP_PASSWORD_FILE: the password must have at least 12 characters");
  return ok({ email, password });
}

function readAuthority(
  path: string | undefined,
  readFile: (path: string) => string,
): Result<WebConfig["clickhouse"]["ca"], string> {
  if (path === undefined) return ok(undefined);
  try {
    return ok(readFile(path));
  } catch (error) {
    return err(
      `ISTHMUS_CLICKHOUSE_CA_FILE: cannot be read (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function readSecretsKey(
  path: string | undefined,
  readFile: (path: string) => string,
): Result<WebConfig["secretsKey"], string> {
  if (path === undefined) return ok(undefined);
  let text: string;
  try {
    text = readFile(path).trim();
  } catch (error) {
    return err(`ISTHMUS_SECRETS_KEY_FILE: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
  const key = Buffer.from(text, "base64");
  if (key.length !== 32) {
    return err(
      "ISTHMUS_SECRETS_KEY_FILE: must hold 32 random bytes in base64; make one with `openssl rand -base64 32`",
    );
  }
  return ok(key);
}

/** Reads the configuration of this process. */
export const readConfig = (): Result<WebConfig, string> => parseConfig(process.env);
