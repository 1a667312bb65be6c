import { appendAudit, noteProviderUse, type FoundIdentityProvider } from "@isthmus/db";
import type { RequestContext } from "../../../../server/context";
import type { ConnectionProblem } from "../../model/connection-problem";
import type { SignInProblem } from "../../model/sign-in-problem";
import type { Refusal } from "./admission";
import type { ProviderProblem, ProviderProblemCode } from "./provider-problem";

/** Why a sign-in with a provider was refused, as the audit log has it. */
export type RefusalCode = Refusal | ProviderProblemCode | "provider-disabled" | "other-browser";

/** Why an account was not connected with a provider, as the audit log has it. */
export type ConnectionRefusalCode =
  | Extract<Refusal, "no-email" | "email-unverified">
  | Exclude<RefusalCode, Refusal>
  | "other-session"
  | "of-another-person";

/** What the browser is told of each: one sentence, that says no more than whoever is there may know. */
export const problemFor: Readonly<Record<RefusalCode, SignInProblem>> = {
  "no-email": "email",
  "email-unverified": "email",
  "email-of-another-account": "refused",
  "no-membership": "no-membership",
  "membership-disabled": "disabled",
  "own-provider-required": "own-provider",
  "provider-unavailable": "unavailable",
  "provider-refused": "unavailable",
  "provider-disabled": "refused",
  cancelled: "cancelled",
  "answer-invalid": "refused",
  "other-browser": "expired",
};

/** What the settings say of each. */
export const connectionProblemFor: Readonly<Record<ConnectionRefusalCode, ConnectionProblem>> = {
  "no-email": "email",
  "email-unverified": "email",
  "provider-unavailable": "unavailable",
  "provider-refused": "unavailable",
  "provider-disabled": "refused",
  cancelled: "cancelled",
  "answer-invalid": "refused",
  "other-browser": "expired",
  "other-session": "expired",
  "of-another-person": "taken",
};

/** A refusal with what an administrator may want to know of it. */
export interface Refused<Code extends string = RefusalCode> {
  readonly code: Code;
  readonly detail?: string;
  readonly personId?: string;
  /** The e-mail address or subject that the provider named. */
  readonly who?: string;
}

/** A provider's problem as a refusal. */
export const refusedBy = ({ code, message }: ProviderProblem): Refused<ProviderProblemCode> => ({
  code,
  detail: message,
});

/** Notes a refused sign-in in the audit log of the provider's organisation, and with the provider where it is its fault. */
export const noteRefusal = (ctx: RequestContext, provider: FoundIdentityProvider, refused: Refused): Promise<void> =>
  note(ctx, provider, { ...refused, action: "sign-in.refuse" });

/** The same of a connection that was refused. */
export const noteConnectionRefusal = (
  ctx: RequestContext,
  provider: FoundIdentityProvider,
  refused: Refused<ConnectionRefusalCode>,
): Promise<void> => note(ctx, provider, { ...refused, action: "account.refuse-connection" });

async function note(
  { server, log, ip }: RequestContext,
  provider: FoundIdentityProvider,
  { action, code, detail = "", personId, who = "" }: Refused<string> & { readonly action: string },
): Promise<void> {
  log.warn({ ip, provider: provider.id, action, code, detail }, "a provider's answer was refused");
  const ofProvider = code === "provider-unavailable" || code === "provider-refused" || code === "answer-invalid";
  await server.database.forOrganisation(provider.organisationId).transaction(async (tx) => {
    if (ofProvider) await noteProviderUse(tx, { id: provider.id, error: detail });
    await appendAudit(tx, {
      actor: { kind: "person", id: personId ?? null, name: who },
      action,
      target: { kind: "provider", id: provider.id, name: provider.name },
      detail: { after: { reason: code }, ...(detail === "" ? {} : { note: detail }) },
      ip,
      at: new Date(server.clock.now()),
    });
  });
}
