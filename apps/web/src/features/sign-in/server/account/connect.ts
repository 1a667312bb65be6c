import { connectIdentity, disconnectIdentity, listAccountProviders, type FoundIdentityProvider } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { AppError } from "../../../../server/errors";
import type { Identity } from "../../../../server/identity";
import { recordAct, type Act } from "../../../audit/server";
import { limitAttempts } from "../attempts";
import { isConfined, requireUnconfined } from "../confined";
import { readAnswer } from "../oidc/answer";
import { beginAuthorization, type AuthorizationTicket } from "../oidc/authorization";
import { ProviderProblem } from "../oidc/provider-problem";
import {
  connectionProblemFor,
  noteConnectionRefusal,
  refusedBy,
  type ConnectionRefusalCode,
  type Refused,
} from "../oidc/refusal";
import { putTicket, readTicket, takeTicket } from "../tickets";
import { proofAsked, requireFreshProof, type GivenProof } from "./fresh-proof";
import { passwordSetByLink, requireSettledPassword } from "./notices";

type Context = RequestContext & PersonContext;

/** Where a connection begins and ends. */
const settingsPath = "/settings";

/** The providers of the organisation and those for all, as whom each is connected, and what is asked before a change. */
export async function connections(ctx: Context) {
  const { wholeOrganisation, person, identity } = ctx;
  const confined = isConfined(identity);
  const found = await wholeOrganisation.transaction((tx) => listAccountProviders(tx, person.id));
  return {
    providers: found
      .filter(({ organisationId }) => !confined || organisationId === identity.organisationId)
      .map(({ id, name, organisationKind, enabled, connectedAs, connectedAt, lastSeenAt }) => ({
        id,
        name,
        forAll: organisationKind === "installation",
        enabled,
        connectedAs: [...connectedAs],
        connectedAt,
        lastSeenAt,
      })),
    passwordSetByLinkAt: confined ? null : await passwordSetByLink(ctx),
    asks: await proofAsked(ctx),
    /** The provider that this session came by, to sign in with again. */
    signedInWith: identity.proof.kind === "provider" ? identity.proof.providerId : null,
    /** True where this session is good in the organisation alone, and therefore changes nothing of the account. */
    confined,
  };
}

/** Begins the round trip that connects a provider with the account of this session; returns where the browser goes. */
export async function beginConnection(
  ctx: Context,
  { id, ...proof }: GivenProof & { readonly id: string },
): Promise<{ readonly url: string }> {
  await requireFreshProof(ctx, proof);
  await requireSettledPassword(ctx);
  const { server, person, identity, ip } = ctx;
  await limitAttempts(server, [["oidc-start", ip]]);
  const mine = await ctx.wholeOrganisation.transaction((tx) => listAccountProviders(tx, person.id));
  const chosen = mine.find((each) => each.id === id);
  const provider = chosen?.enabled === true ? await server.database.lookups.findIdentityProvider(id) : undefined;
  if (chosen === undefined || provider === undefined) throw gone();
  if (chosen.connectedAs.length > 0) {
    throw new AppError("conflict", `${chosen.name} is connected already. Disconnect it before you connect another.`);
  }
  const purpose = { kind: "connect", personId: person.id, sessionId: identity.sessionId } as const;
  try {
    const { url, cookie } = await beginAuthorization(server, provider, { next: settingsPath, purpose });
    ctx.responseHeaders.append("set-cookie", cookie);
    return { url };
  } catch (error) {
    if (!(error instanceof ProviderProblem)) throw error;
    await noteConnectionRefusal(ctx, provider, { ...refusedBy(error), personId: person.id });
    throw new AppError("barred", `${chosen.name} does not answer, or refuses Isthmus. Try again in a while.`);
  }
}

const gone = () => new AppError("not-found", "There is no such provider here any more. Reload to see those there are.");

/** What a provider said, until the person confirms that this is to be theirs. */
interface OfferedConnection {
  readonly personId: string;
  readonly sessionId: string;
  readonly providerId: string;
  /** With another issuer its subjects are others. */
  readonly issuer: string;
  readonly subject: string;
  readonly email: string;
}

// How long a person may look at the address before they confirm it.
const offeredMs = 5 * 60_000;

interface Answered {
  readonly provider: FoundIdentityProvider;
  readonly ticket: AuthorizationTicket;
  readonly query: URLSearchParams;
  readonly sameBrowser: boolean;
}

/**
 * The end of the round trip. Nothing is connected yet: the settings ask first, by the address that the provider said,
 * since the browser may be signed in there as somebody else. Returns the path to go on to.
 */
export async function finishConnection(ctx: RequestContext, answered: Answered): Promise<string> {
  const offer = await offerOf(ctx, answered);
  if ("code" in offer) {
    const { purpose } = answered.ticket;
    const personId = purpose.kind === "connect" ? { personId: purpose.personId } : {};
    await noteConnectionRefusal(ctx, answered.provider, { ...offer, ...personId });
    return `${settingsPath}?connection=${connectionProblemFor[offer.code]}`;
  }
  const token = await putTicket(ctx.server, { kind: "oidc-connect", data: offer, forMs: offeredMs });
  return `${settingsPath}?connect=${token}`;
}

async function offerOf(
  ctx: RequestContext,
  { provider, ticket, query, sameBrowser }: Answered,
): Promise<OfferedConnection | Refused<ConnectionRefusalCode>> {
  const { server, identity } = ctx;
  if (!sameBrowser) return { code: "other-browser" };
  const { purpose } = ticket;
  if (purpose.kind !== "connect" || !isSessionOf(identity, purpose)) return { code: "other-session" };
  if (!provider.enabled) return { code: "provider-disabled" };
  try {
    const { profile } = await readAnswer(server, { provider, ticket, query });
    const { subject, email, emailVerified } = profile;
    // As at a sign-in, which would be refused.
    if (email === "") return { code: "no-email", who: subject };
    if (emailVerified === false) return { code: "email-unverified", who: email };
    const known = await server.database.lookups.findPersonForProvider({ providerId: provider.id, subject, email: "" });
    if (known?.linked === true && known.personId !== purpose.personId) return { code: "of-another-person", who: email };
    const { personId, sessionId } = purpose;
    return { personId, sessionId, providerId: provider.id, issuer: provider.issuer, subject, email };
  } catch (error) {
    if (error instanceof ProviderProblem) return refusedBy(error);
    throw error;
  }
}

/** Whether a request comes from the very session in which something was begun, and the session may still do it. */
const isSessionOf = (
  identity: Identity | undefined,
  { personId, sessionId }: Pick<OfferedConnection, "personId" | "sessionId">,
): boolean =>
  identity !== undefined &&
  identity.token === undefined &&
  identity.sessionId === sessionId &&
  identity.person.id === personId &&
  !isConfined(identity);

const overdue = () =>
  new AppError("not-found", "This took too long, was used already, or was begun in another session. Begin it again.");

/** What waits to be confirmed by this session. */
export async function offeredConnection({ server, identity }: Context, { token }: { readonly token: string }) {
  const offer = (await readTicket(server, "oidc-connect", token)) as OfferedConnection | undefined;
  if (offer === undefined || !isSessionOf(identity, offer)) throw overdue();
  const provider = await server.database.lookups.findIdentityProvider(offer.providerId);
  if (provider === undefined) throw gone();
  return { provider: provider.name, email: offer.email };
}

/** Connects what the person was shown: from now on they sign in by it. */
export async function confirmConnection(ctx: Context, { token }: { readonly token: string }): Promise<void> {
  const { server, identity, person } = ctx;
  requireUnconfined(identity);
  await requireSettledPassword(ctx);
  // Looked at before it is used up: whoever it is not for leaves it to whom it is for.
  const seen = (await readTicket(server, "oidc-connect", token)) as OfferedConnection | undefined;
  if (seen === undefined || !isSessionOf(identity, seen)) throw overdue();
  const offer = (await takeTicket(server, "oidc-connect", token)) as OfferedConnection | undefined;
  if (offer === undefined) throw overdue();
  const provider = await server.database.lookups.findIdentityProvider(offer.providerId);
  if (provider === undefined || !provider.enabled || provider.issuer !== offer.issuer) throw gone();
  const { subject, email } = offer;
  const at = new Date(server.clock.now());
  const act: Act = {
    action: "account.connect",
    target: { kind: "provider", id: provider.id, name: provider.name },
    detail: { after: { email, subject } },
  };
  await server.database.forOrganisation(provider.organisationId).transaction(async (tx) => {
    const connection = { providerId: provider.id, subject, personId: person.id, email, at };
    if (!(await connectIdentity(tx, connection))) {
      throw new AppError("conflict", `${email} at ${provider.name} belongs to somebody else here.`);
    }
    await recordAct(tx, ctx, act);
  });
  if (provider.organisationId === ctx.organisationId) return;
  await ctx.wholeOrganisation.transaction((tx) => recordAct(tx, ctx, act));
}

/** Disconnects a provider: its groups go, and the sessions that it proved end, but for this one. */
export async function disconnect(ctx: Context, { id, ...proof }: GivenProof & { readonly id: string }): Promise<void> {
  await requireFreshProof(ctx, proof);
  const { server, person, identity } = ctx;
  const at = new Date(server.clock.now());
  const noted = await ctx.wholeOrganisation.transaction(async (tx) => {
    const provider = (await listAccountProviders(tx, person.id)).find((each) => each.id === id);
    const of = { personId: person.id, providerId: id, sessionId: identity.sessionId, at };
    const done = await disconnectIdentity(tx, of);
    if (done.state === "last") {
      throw new AppError(
        "conflict",
        `Nothing else that you have opens ${done.organisationName}. Connect another way to sign in to it first.`,
      );
    }
    if (done.state === "none" || provider === undefined) {
      throw new AppError("not-found", "This provider is not connected with your account.");
    }
    const act: Act = {
      action: "account.disconnect",
      target: { kind: "provider", id, name: provider.name },
      detail: { before: { email: done.emails.join(", ") } },
    };
    await recordAct(tx, ctx, act);
    return { act, organisationId: provider.organisationId };
  });
  if (noted.organisationId === ctx.organisationId) return;
  await server.database.forOrganisation(noted.organisationId).transaction((tx) => recordAct(tx, ctx, noted.act));
}
