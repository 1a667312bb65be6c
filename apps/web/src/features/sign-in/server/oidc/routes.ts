import type { FoundIdentityProvider } from "@isthmus/db";
import { z } from "zod";
import type { RequestContext } from "../../../../server/context";
import { safeReturnPath } from "../../model/return-path";
import type { SignInProblem } from "../../model/sign-in-problem";
import { tryAttempt } from "../attempts";
import { finishConnection } from "../account/connect";
import { finishProviderTest } from "../providers/try-out";
import { browserCookie, comesFromBrowser, takeTicket } from "../tickets";
import { decideAdmission } from "./admission";
import { admit } from "./admit";
import { readAnswer } from "./answer";
import { beginAuthorization, type AuthorizationTicket } from "./authorization";
import type { Claims } from "./claims";
import { ProviderProblem } from "./provider-problem";
import { noteRefusal, problemFor, refusedBy, type Refused } from "./refusal";

const uuid = z.uuid();

/** Where a person begins a sign-in with a provider: `/sign-in/oidc/<provider>?next=…`. Answers with a redirect. */
export async function startSignIn(ctx: RequestContext, providerId: string, query: URLSearchParams): Promise<Response> {
  const { server } = ctx;
  const next = safeReturnPath(query.get("next") ?? undefined);
  const provider = uuid.safeParse(providerId).success
    ? await server.database.lookups.findIdentityProvider(providerId)
    : undefined;
  if (provider === undefined || !provider.enabled) return toSignIn(ctx, "refused", { next });
  if ((await tryAttempt(server, "oidc-start", ctx.ip)) > 0) return toSignIn(ctx, "too-many", { next });
  const loginHint = (query.get("email") ?? "").slice(0, 320);
  try {
    const { url, cookie } = await beginAuthorization(server, provider, {
      next,
      purpose: { kind: "sign-in" },
      loginHint,
    });
    ctx.responseHeaders.append("set-cookie", cookie);
    return redirectTo(ctx, url);
  } catch (error) {
    if (!(error instanceof ProviderProblem)) throw error;
    return refuse(ctx, { provider, next }, refusedBy(error));
  }
}

/** Where the provider sends the browser back. Answers with a redirect: to where the person wanted to go, or to sign in. */
export async function finishSignIn(ctx: RequestContext, request: Request): Promise<Response> {
  const { server } = ctx;
  const { publicUrl } = server.config;
  const query = new URL(request.url).searchParams;
  // Taken before anything else is looked at: a response that comes twice finds nothing the second time.
  const ticket = (await takeTicket(server, "oidc", query.get("state") ?? "")) as AuthorizationTicket | undefined;
  if (ticket === undefined) return toSignIn(ctx, "expired", { next: "/" });
  ctx.responseHeaders.append("set-cookie", browserCookie(publicUrl, "", 0));
  const provider = await server.database.lookups.findIdentityProvider(ticket.providerId);
  if (provider === undefined) return toSignIn(ctx, "refused", { next: ticket.next });
  const place = { provider, next: ticket.next };
  const sameBrowser = comesFromBrowser(request.headers, publicUrl, ticket.browser);
  if (ticket.purpose.kind === "connect") {
    return redirectTo(ctx, `${publicUrl}${await finishConnection(ctx, { provider, ticket, query, sameBrowser })}`);
  }
  if (!sameBrowser) return refuse(ctx, place, { code: "other-browser" });
  // A provider is tried out before it is switched on.
  if (!provider.enabled && ticket.purpose.kind === "sign-in") return refuse(ctx, place, { code: "provider-disabled" });
  if (ticket.purpose.kind === "test") {
    return redirectTo(ctx, `${publicUrl}${await finishProviderTest(ctx, { provider, ticket, query })}`);
  }
  const refused = await signInByAnswer(ctx, { provider, ticket, query });
  return refused === undefined ? redirectTo(ctx, `${publicUrl}${ticket.next}`) : refuse(ctx, place, refused);
}

interface Answered {
  readonly provider: FoundIdentityProvider;
  readonly ticket: AuthorizationTicket;
  readonly query: URLSearchParams;
}

async function signInByAnswer(ctx: RequestContext, answered: Answered): Promise<Refused | undefined> {
  const { provider } = answered;
  try {
    const { profile, idToken, idTokenClaims } = await readAnswer(ctx.server, answered);
    const decision = await decideAdmission(ctx.server.database, {
      provider,
      profile,
      now: new Date(ctx.server.clock.now()),
    });
    if (decision.kind === "refused") {
      const { reason, personId } = decision;
      return { code: reason, who: profile.email || profile.subject, ...(personId === undefined ? {} : { personId }) };
    }
    await admit(ctx, { provider, profile, admission: decision, idToken, sid: sidOf(idTokenClaims) });
    return undefined;
  } catch (error) {
    if (error instanceof ProviderProblem) return refusedBy(error);
    throw error;
  }
}

/** The provider's own name of the session there, by which it says later that it ended. */
const sidOf = ({ sid }: Claims): string | null => (typeof sid === "string" && sid.length <= 500 ? sid : null);

interface Place {
  readonly provider: FoundIdentityProvider;
  readonly next: string;
}

async function refuse(ctx: RequestContext, { provider, next }: Place, refused: Refused): Promise<Response> {
  await noteRefusal(ctx, provider, refused);
  return toSignIn(ctx, problemFor[refused.code], { next, ...signingInAgain(ctx, provider) });
}

/** Whoever is signed in already goes on in another organisation: they are told there what went wrong. */
const signingInAgain = ({ identity }: RequestContext, { organisationId, organisationKind }: FoundIdentityProvider) =>
  identity === undefined || organisationKind !== "ordinary" ? {} : { organisation: organisationId };

interface Back {
  readonly next: string;
  readonly organisation?: string;
}

function toSignIn(ctx: RequestContext, problem: SignInProblem, { next, organisation }: Back): Response {
  const query = new URLSearchParams({
    problem,
    ...(next === "/" ? {} : { next }),
    ...(organisation === undefined ? {} : { organisation }),
  });
  return redirectTo(ctx, `${ctx.server.config.publicUrl}/sign-in?${query.toString()}`);
}

function redirectTo({ responseHeaders }: RequestContext, url: string): Response {
  responseHeaders.set("location", url);
  responseHeaders.set("cache-control", "no-store");
  return new Response(null, { status: 303, headers: responseHeaders });
}
