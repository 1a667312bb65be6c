import { randomUUID } from "node:crypto";
import {
  DatabaseError,
  deleteProvider,
  endProvider,
  findProvider,
  forgetIdentities,
  listProviders,
  storeProvider,
  type IdentityProvider,
  type OrganisationTransaction,
  type ProviderSettings,
} from "@isthmus/db";
import type { z } from "zod";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { AppError } from "../../../../server/errors";
import { seal } from "../../../../server/secrets";
import { recordAct } from "../../../audit/server";
import { redirectUri } from "../oidc/authorization";
import { backchannelUri } from "../oidc/backchannel-logout";
import { tryDiscovery } from "./check-issuer";
import type { createProviderInput, updateProviderInput } from "./inputs";

type Context = RequestContext & PersonContext;

/** The organisation's providers, without their secrets, and the address that each must know. */
export async function ownProviders({ wholeOrganisation, server }: Context) {
  const { publicUrl, secretsKey } = server.config;
  const providers = await wholeOrganisation.transaction(listProviders);
  return {
    providers: providers.map((each) => ({ ...each, logoutUri: backchannelUri(publicUrl, each.id) })),
    redirectUri: redirectUri(publicUrl),
    postLogoutRedirectUri: `${publicUrl}/sign-in`,
    /** False where the installation has no key to seal a client secret with. */
    secretsAvailable: secretsKey !== undefined,
  };
}

/** Stores a new provider once its discovery document was read. */
export async function createProvider(
  ctx: Context,
  input: z.output<typeof createProviderInput>,
): Promise<{ id: string }> {
  const { clientSecret, ...settings } = input;
  const id = randomUUID();
  const secret = clientSecret === "" ? undefined : (clientSecret ?? undefined);
  await requireDiscovery(ctx, settings, secret);
  await store(ctx, { id, settings, secret: secret ?? null, before: undefined });
  return { id };
}

/** Changes a provider; with another issuer, everything that rests on the former one ends. */
export async function updateProvider(ctx: Context, input: z.output<typeof updateProviderInput>): Promise<void> {
  const { id, clientSecret, ...settings } = input;
  const before = await ctx.wholeOrganisation.transaction((tx) => changeable(tx, id));
  const secret = clientSecret === "" ? null : clientSecret;
  const moved = settings.issuer !== before.issuer;
  if (moved && secret === undefined && before.hasClientSecret) {
    throw new AppError(
      "invalid-input",
      "The client secret is for the former issuer, and is not sent to another. Enter the secret that this issuer gave you.",
    );
  }
  if (moved || settings.clientId !== before.clientId || typeof secret === "string") {
    await requireDiscovery(ctx, settings, secret ?? undefined);
  }
  await store(ctx, { id, settings, secret, before });
}

/** Deletes a provider, and ends its sessions and the roles of its groups, in every organisation. */
export async function removeProvider(ctx: Context, { id }: { readonly id: string }): Promise<void> {
  await ctx.wholeOrganisation.transaction(async (tx) => {
    const before = await changeable(tx, id);
    const sessionsEnded = await endProvider(tx, { id, bindings: true, at: now(ctx) });
    await deleteProvider(tx, id);
    await recordAct(tx, ctx, {
      action: "provider.delete",
      target: targetOf(before),
      detail: { before: shownOf(before), after: { sessionsEnded } },
    });
  });
}

interface Storing {
  readonly id: string;
  readonly settings: ProviderSettings;
  /** Undefined: as it is; null: none. */
  readonly secret: string | null | undefined;
  readonly before: IdentityProvider | undefined;
}

async function store(ctx: Context, { id, settings, secret, before }: Storing): Promise<void> {
  const { secretsKey } = ctx.server.config;
  const clientSecretSealed =
    typeof secret === "string" ? seal(secretsKey, { purpose: "client-secret", id }, secret) : secret;
  const at = now(ctx);
  await ctx.wholeOrganisation
    .transaction(async (tx) => {
      await storeProvider(tx, { id, settings, clientSecretSealed, origin: "app", by: ctx.person.id, at });
      const moved = before !== undefined && before.issuer !== settings.issuer;
      // A subject is somebody at one issuer alone.
      if (moved) await forgetIdentities(tx, id);
      const ending = before !== undefined && (moved || (before.enabled && !settings.enabled));
      const sessionsEnded = ending ? await endProvider(tx, { id, bindings: false, at }) : 0;
      await recordAct(tx, ctx, {
        action: before === undefined ? "provider.create" : "provider.change",
        target: { kind: "provider", id, name: settings.name },
        detail: {
          ...(before === undefined ? {} : { before: shownOf(before) }),
          after: {
            ...settings,
            ...(secret === undefined ? {} : { clientSecret: "changed" }),
            ...(ending ? { sessionsEnded } : {}),
          },
        },
      });
    })
    .catch((error: unknown) => {
      if (!(error instanceof DatabaseError) || error.code !== "unique-violation") throw error;
      throw new AppError("conflict", `There is a provider called ${settings.name} already. Choose another name.`);
    });
}

const now = ({ server }: Context) => new Date(server.clock.now());

const targetOf = ({ id, name }: IdentityProvider) => ({ kind: "provider", id, name });

/** A provider's settings as the audit log shows them. */
export function shownOf(provider: IdentityProvider): Readonly<Record<string, unknown>> {
  const {
    id: _id,
    origin: _origin,
    createdAt: _created,
    updatedAt: _updated,
    testedAt: _tested,
    lastError: _error,
    ...rest
  } = provider;
  return rest;
}

async function changeable(tx: OrganisationTransaction, id: string): Promise<IdentityProvider> {
  const provider = await findProvider(tx, id);
  if (provider === undefined) throw new AppError("not-found", "There is no such provider here.");
  // What the file no longer names is switched off, and may then be removed here.
  if (provider.origin === "file" && provider.enabled) {
    throw new AppError("barred", "This provider is written by the access file (ISTHMUS_ACCESS_FILE). Change it there.");
  }
  return provider;
}

async function requireDiscovery(ctx: Context, settings: ProviderSettings, secret: string | undefined): Promise<void> {
  const { issuer, clientId } = settings;
  const tried = await tryDiscovery(ctx.server.config.publicUrl, { issuer, clientId, secret });
  if (!tried.ok) throw new AppError("invalid-input", tried.error);
}
