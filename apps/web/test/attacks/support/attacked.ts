import { randomBytes, randomUUID } from "node:crypto";
import { addMember, createDatabase } from "@isthmus/db";
import { Client } from "pg";
import pino from "pino";
import superjson from "superjson";
import { hashPassword } from "../../../src/features/sign-in/server/password";
import { createAuthorities } from "../../../src/server/authority";
import type { WireError } from "../../../src/server/errors";
import { handleApiRequest } from "../../../src/server/handler";
import type { Server } from "../../../src/server/server";
import { startTestWeb, type TestClock } from "../../people";

/** A person of a test with a password. */
export interface Target {
  readonly organisationId: string;
  readonly personId: string;
  readonly email: string;
  readonly password: string;
}

/** What came of a request, as a page or an attacker sees it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly raw: string;
  readonly data: unknown;
  readonly error: WireError | undefined;
  /** `name=value` of the first cookie that was set. */
  readonly cookie: string | undefined;
}

export interface CallOptions {
  readonly cookie?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** The launcher's word for where the request came from. */
  readonly from?: string;
  readonly server?: Server;
}

/** Two web processes' parts over one Postgres, and all they wrote into their logs. */
export interface Attacked {
  readonly servers: readonly [Server, Server];
  readonly clock: TestClock;
  readonly secretsKey: Uint8Array;
  readonly log: () => string;
  /** Any request to the API, as it comes from the launcher. */
  send(path: string, init?: RequestInit, server?: Server): Promise<Answer>;
  query(path: string, input?: unknown, options?: CallOptions): Promise<Answer>;
  mutate(path: string, input?: unknown, options?: CallOptions): Promise<Answer>;
  organisation(name: string): Promise<string>;
  /** Makes a member with a password; in an organisation of their own where none is named. */
  person(name: string, options?: { readonly organisationId?: string; readonly role?: string | null }): Promise<Target>;
  /** Signs in; the cookie. */
  signIn(target: Target): Promise<string>;
  /** As the superuser, past every row-level security: what a thief of a backup has. */
  sql<T extends object>(statement: string, values?: readonly unknown[]): Promise<readonly T[]>;
  /** Every row that names the organisation, by table; or with none named, every row there is. */
  dump(organisationId?: string): Promise<Readonly<Record<string, readonly string[]>>>;
  stop(): Promise<void>;
}

const publicUrl = "http://localhost:7400";

/** Starts Postgres and the parts of two web processes. */
export async function startAttacked(): Promise<Attacked> {
  const web = await startTestWeb();
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const secretsKey = randomBytes(32);
  const first: Server = { ...web.server, log, config: { ...web.server.config, secretsKey } };
  const other = createDatabase(first.config.databaseUrl);
  const second: Server = { ...first, database: other, authorities: createAuthorities() };
  const backup = new Client({ connectionString: web.superuserUrl });
  await backup.connect();
  const sql = async <T extends object>(statement: string, values: readonly unknown[] = []) =>
    (await backup.query<T>(statement, [...values])).rows;
  const send = (path: string, init: RequestInit = {}, server = first) => ask(server, path, init);
  const call = (path: string, input: unknown, { kind, ...options }: CallOptions & { kind: "GET" | "POST" }) => {
    const { cookie, headers = {}, from = "198.51.100.7", server } = options;
    const body = JSON.stringify(superjson.serialize(input));
    const url = kind === "GET" ? `/api/trpc/${path}?input=${encodeURIComponent(body)}` : `/api/trpc/${path}`;
    const json = kind === "GET" ? {} : { "content-type": "application/json" };
    const sent = { "sec-fetch-site": "same-origin", "x-isthmus-peer": from, ...json, ...cookieHeader(cookie) };
    return send(url, { method: kind, headers: { ...sent, ...headers }, ...(kind === "GET" ? {} : { body }) }, server);
  };
  const mutate: Attacked["mutate"] = (path, input, options) => call(path, input, { ...options, kind: "POST" });
  return {
    servers: [first, second],
    clock: web.clock,
    secretsKey,
    log: () => lines.join(""),
    send,
    query: (path, input, options) => call(path, input, { ...options, kind: "GET" }),
    mutate,
    organisation: async (name) => {
      const id = randomUUID();
      await sql("insert into organisation (id, name) values ($1, $2)", [id, name]);
      return id;
    },
    person: async (name, { organisationId, role = "owner" } = {}) => {
      const place = organisationId ?? randomUUID();
      if (organisationId === undefined) await sql("insert into organisation (id, name) values ($1, $2)", [place, name]);
      return makePerson(first, { name, organisationId: place, role });
    },
    signIn: async ({ email, password }) => {
      const { status, cookie, raw } = await mutate("signIn.signIn", { email, password });
      if (status !== 200 || cookie === undefined) throw new Error(`${email} could not sign in: ${raw}`);
      return cookie;
    },
    sql,
    dump: (organisationId) => dump(sql, organisationId),
    stop: async () => {
      await Promise.all([backup.end(), other.close()]);
      await web.stop();
    },
  };
}

const cookieHeader = (cookie: string | undefined) => (cookie === undefined ? {} : { cookie });

async function ask(server: Server, path: string, init: RequestInit): Promise<Answer> {
  const response = await handleApiRequest(server, new Request(`${publicUrl}${path}`, init));
  const raw = await response.text();
  const { result, error } = parsed(raw);
  return {
    status: response.status,
    headers: response.headers,
    raw,
    data: result === undefined ? undefined : superjson.deserialize(result.data),
    error: error?.json.data,
    cookie: response.headers.getSetCookie()[0]?.split(";")[0],
  };
}

interface Wire {
  readonly result?: { readonly data: Parameters<typeof superjson.deserialize>[0] };
  readonly error?: { readonly json: { readonly data: WireError } };
}

function parsed(raw: string): Wire {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

interface NewPerson {
  readonly name: string;
  readonly organisationId: string;
  readonly role: string | null;
}

async function makePerson(server: Server, { name, organisationId, role }: NewPerson): Promise<Target> {
  const email = `${name}@attacked.example`;
  const password = `the password of ${name}, ${randomBytes(9).toString("base64url")}`;
  const passwordHash = await hashPassword(password);
  const personId = await server.database.forOrganisation(organisationId).transaction((tx) =>
    addMember(tx, {
      personId: randomUUID(),
      email,
      displayName: name,
      passwordHash,
      mustChangePassword: false,
      role,
    }),
  );
  return { organisationId, personId, email, password };
}

async function dump(sql: Attacked["sql"], organisationId?: string) {
  const tables = await sql<{ name: string; scoped: boolean }>(
    `select t.table_name as name, exists (
       select from information_schema.columns c where c.table_schema = 'public' and c.table_name = t.table_name
         and c.column_name = 'organisation_id') as scoped
     from information_schema.tables t where t.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1`,
  );
  const rows: Record<string, readonly string[]> = {};
  for (const { name, scoped } of tables) {
    const column = scoped ? "organisation_id" : name === "organisation" ? "id" : undefined;
    if (organisationId !== undefined && column === undefined) continue;
    const [where, values] = organisationId === undefined ? ["", []] : [`where r.${column} = $1`, [organisationId]];
    const found = await sql<{ row: string }>(`select row_to_json(r)::text as row from "${name}" r ${where}`, values);
    rows[name] = found.map(({ row }) => row).sort();
  }
  return rows;
}
