import { randomBytes, randomUUID } from "node:crypto";
import { addMember, listAudit, storeProvider, type ProviderSettings } from "@isthmus/db";
import { Client } from "pg";
import { hashPassword } from "../../src/features/sign-in/server/password";
import { seal } from "../../src/server/secrets";
import type { Server } from "../../src/server/server";
import { startTestWeb, type TestWeb } from "../people";
import { providerSettings } from "./provider-settings";

export const publicUrl = "http://localhost:7400";

export interface ProviderOf {
  readonly organisationId: string;
  readonly issuer: string;
  readonly secret?: string;
  readonly settings?: Partial<ProviderSettings>;
}

export interface GroupGrant {
  readonly provider: string;
  readonly group: string;
  readonly role: string;
}

export interface NewPerson {
  readonly email: string;
  readonly password?: string;
  readonly role?: string | null;
  readonly mustChangePassword?: boolean;
}

/** Postgres and a server that can seal secrets, with what tests of the sign-in put there. */
export interface SignInWorld {
  readonly web: TestWeb;
  readonly server: Server;
  /** Stores a provider that lets anyone join, unless its settings say otherwise; returns its id. */
  addProvider(provider: ProviderOf): Promise<string>;
  /** Makes a person a member of an organisation; returns their id. */
  addPerson(organisationId: string, person: NewPerson): Promise<string>;
  bind(organisationId: string, grant: GroupGrant): Promise<void>;
  /** SQL as the tables' owner, within an organisation. */
  ask<T extends object>(organisationId: string, statement: string, values?: readonly unknown[]): Promise<T[]>;
  /** Why sign-ins were refused, newest first, as an organisation's audit log has it. */
  refusals(organisationId: string): Promise<readonly string[]>;
  /** The actions of an organisation's audit log, newest first. */
  actions(organisationId: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const settingsOf = (id: string, { issuer, settings }: ProviderOf): ProviderSettings =>
  providerSettings(issuer, {
    name: `Company ${id.slice(0, 8)}`,
    scopes: ["openid", "profile", "email", "groups"],
    ...settings,
  });

/** Starts it. */
export async function startSignInWorld(): Promise<SignInWorld> {
  const web = await startTestWeb();
  const secretsKey = randomBytes(32);
  const server = { ...web.server, config: { ...web.server.config, secretsKey } };
  const ask = async <T extends object>(organisationId: string, statement: string, values: readonly unknown[] = []) => {
    const client = new Client({ connectionString: web.ownerUrl });
    await client.connect();
    await client.query("begin");
    await client.query("select set_config('isthmus.organisation', $1, true)", [organisationId]);
    const { rows } = await client.query<T>(statement, [...values]);
    await client.query("commit");
    await client.end();
    return rows;
  };
  const lines = (organisationId: string, actionPrefix: string) =>
    web.database.forOrganisation(organisationId).transaction((tx) => listAudit(tx, { limit: 100, actionPrefix }));
  return {
    web,
    server,
    ask,
    addProvider: async (provider) => {
      const id = randomUUID();
      const { secret, organisationId } = provider;
      await web.database.forOrganisation(organisationId).transaction((tx) =>
        storeProvider(tx, {
          id,
          settings: settingsOf(id, provider),
          clientSecretSealed: secret === undefined ? null : seal(secretsKey, { purpose: "client-secret", id }, secret),
          origin: "app",
          by: null,
          at: new Date(),
        }),
      );
      return id;
    },
    addPerson: async (organisationId, { email, password, role = null, mustChangePassword = false }) => {
      const passwordHash = password === undefined ? null : await hashPassword(password);
      const given = { personId: randomUUID(), email, displayName: email, passwordHash, mustChangePassword, role };
      return web.database.forOrganisation(organisationId).transaction((tx) => addMember(tx, given));
    },
    bind: async (organisationId, { provider, group, role }) => {
      await ask(
        organisationId,
        `insert into role_binding (id, organisation_id, role_id, provider_id, group_name, scope)
         values (gen_random_uuid(), $1, $2, $3, $4, everywhere())`,
        [organisationId, role, provider, group],
      );
    },
    refusals: async (organisationId) =>
      (await lines(organisationId, "sign-in.refuse")).map(
        ({ detail }) => (detail.after as { readonly reason: string }).reason,
      ),
    actions: async (organisationId) => (await lines(organisationId, "")).map(({ action }) => action),
    stop: () => web.stop(),
  };
}
