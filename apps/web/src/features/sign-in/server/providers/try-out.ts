import { findProvider, noteProviderUse, type FoundIdentityProvider } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { AppError } from "../../../../server/errors";
import { recordAct } from "../../../audit/server";
import { safeReturnPath } from "../../model/return-path";
import { decideAdmission, type Decision } from "../oidc/admission";
import { readAnswer } from "../oidc/answer";
import { beginAuthorization, type AuthorizationTicket } from "../oidc/authorization";
import type { Claims, Profile } from "../oidc/claims";
import { ProviderProblem } from "../oidc/provider-problem";
import { putTicket, takeTicket } from "../tickets";

type Context = RequestContext & PersonContext;

/** Begins a round trip to a provider that shows what it says, and signs nobody in; returns where the browser goes. */
export async function beginProviderTest(
  ctx: Context,
  { id, next }: { readonly id: string; readonly next: string },
): Promise<{ readonly url: string }> {
  const { server, person } = ctx;
  const found = await ctx.wholeOrganisation.transaction((tx) => findProvider(tx, id));
  const provider = found && (await server.database.lookups.findIdentityProvider(id));
  if (provider === undefined) throw new AppError("not-found", "There is no such provider here.");
  const purpose = { kind: "test", personId: person.id } as const;
  try {
    const { url, cookie } = await beginAuthorization(server, provider, { next: safeReturnPath(next), purpose });
    ctx.responseHeaders.append("set-cookie", cookie);
    return { url };
  } catch (error) {
    if (!(error instanceof ProviderProblem)) throw error;
    await ctx.wholeOrganisation.transaction((tx) => noteProviderUse(tx, { id, error: error.message }));
    throw new AppError("barred", `The provider cannot be asked: ${error.message}.`);
  }
}

/** What a test found: all that the provider said, what of it is taken, and what a sign-in would come to. */
export type TestResult =
  | { readonly kind: "failed"; readonly code: string; readonly detail: string }
  | {
      readonly kind: "answered";
      readonly idTokenClaims: Claims;
      readonly userinfoClaims: Claims | null;
      readonly profile: Omit<Profile, "emailVerified"> & { readonly emailVerified: boolean | null };
      readonly outcome: TestOutcome;
    };

/** What a sign-in would come to. */
export interface TestOutcome {
  readonly kind: "refused" | "new-person" | "known-person";
  /** A sentence for who set the provider up. */
  readonly says: string;
  /** Names of organisations that the person would be made a member of. */
  readonly joins: readonly string[];
}

interface KeptResult {
  readonly personId: string;
  readonly providerId: string;
  readonly result: TestResult;
}

const keptMs = 10 * 60_000;

/** The end of a test's round trip: keeps what was found for the tester, and returns where they look at it. */
export async function finishProviderTest(
  ctx: RequestContext,
  asked: {
    readonly provider: FoundIdentityProvider;
    readonly ticket: AuthorizationTicket;
    readonly query: URLSearchParams;
  },
): Promise<string> {
  const { provider, ticket } = asked;
  const { server, identity } = ctx;
  const at = new Date(server.clock.now());
  if (ticket.purpose.kind !== "test" || identity?.person.id !== ticket.purpose.personId) return ticket.next;
  if (identity.organisationId !== provider.organisationId) return ticket.next;
  const result = await resultOf(ctx, asked);
  await server.database.forOrganisation(provider.organisationId).transaction(async (tx) => {
    const error = result.kind === "failed" ? result.detail : "";
    await noteProviderUse(tx, { id: provider.id, error, testedAt: at });
    const organisation = server.database.forOrganisation(provider.organisationId);
    const acting = { ...ctx, identity, person: identity.person, organisationId: provider.organisationId, organisation };
    await recordAct(tx, acting, {
      action: "provider.test",
      target: { kind: "provider", id: provider.id, name: provider.name },
      detail: { after: { result: result.kind === "failed" ? result.code : result.outcome.kind } },
    });
  });
  const kept: KeptResult = { personId: identity.person.id, providerId: provider.id, result };
  const token = await putTicket(server, { kind: "oidc-test", data: kept, forMs: keptMs });
  const next = new URL(ticket.next, server.config.publicUrl);
  next.searchParams.set("test", token);
  return `${next.pathname}${next.search}`;
}

/** What a test found, for the tester alone and once. */
export async function readProviderTest(
  { server, person }: Context,
  { token }: { readonly token: string },
): Promise<{ readonly providerId: string; readonly result: TestResult }> {
  const kept = (await takeTicket(server, "oidc-test", token)) as KeptResult | undefined;
  if (kept === undefined || kept.personId !== person.id) {
    throw new AppError("not-found", "The result was shown already, or its time is over. Test again.");
  }
  return { providerId: kept.providerId, result: kept.result };
}

async function resultOf(
  { server }: RequestContext,
  asked: {
    readonly provider: FoundIdentityProvider;
    readonly ticket: AuthorizationTicket;
    readonly query: URLSearchParams;
  },
): Promise<TestResult> {
  try {
    const { idTokenClaims, userinfoClaims, profile } = await readAnswer(server, asked);
    const now = new Date(server.clock.now());
    const decision = await decideAdmission(server.database, { provider: asked.provider, profile, now });
    return {
      kind: "answered",
      idTokenClaims,
      userinfoClaims: userinfoClaims ?? null,
      profile: { ...profile, emailVerified: profile.emailVerified ?? null },
      outcome: outcomeOf(decision, asked.provider),
    };
  } catch (error) {
    if (!(error instanceof ProviderProblem)) throw error;
    return { kind: "failed", code: error.code, detail: error.message };
  }
}

function outcomeOf(decision: Decision, provider: FoundIdentityProvider): TestOutcome {
  if (decision.kind === "refused") {
    return { kind: "refused", says: refusalSentences(provider)[decision.reason], joins: [] };
  }
  const joins = decision.joins.map((each) => each.organisationName);
  const becomes = joins.length === 0 ? "" : ` and would become a member of ${joins.join(", ")}`;
  if (decision.isNew)
    return { kind: "new-person", says: `A new person, who would be made an account${becomes}.`, joins };
  const how = decision.linked
    ? "known by this provider already"
    : "known here by their e-mail address, and linked with it";
  return { kind: "known-person", says: `${decision.displayName}, ${how}${becomes}.`, joins };
}

const refusalSentences = ({ emailClaim, joinRule }: FoundIdentityProvider) =>
  ({
    "no-email": `The claim \`${emailClaim}\` holds no e-mail address. Ask for the scope that brings it, or name another claim.`,
    "email-unverified": "The provider says that it has not checked the e-mail address (`email_verified` is false).",
    "email-of-another-account":
      "The e-mail address belongs to an account here, and the provider does not say that it checked it. If it checks all its addresses, say so in the settings.",
    "no-membership":
      joinRule === "invited"
        ? "This person is a member of no organisation here, and neither were they invited, and this provider lets in nobody else."
        : "This person is a member of no organisation here, and no group of theirs holds a role.",
    "membership-disabled": "This person was shut out.",
    "own-provider-required": "Every organisation of this person wants its own provider.",
  }) as const;
