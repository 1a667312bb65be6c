import { createHash } from "node:crypto";
import { appendAudit, type FoundMembership, type FoundPerson } from "@isthmus/db";
import type { RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { isDeletionDue } from "../../../server/identity";
import { clearAttempts, limitAttempts } from "./attempts";
import { beginSession } from "./begin-session";
import { passSecondFactor, wrongCode, type PassedBy } from "./second-factor";
import { putTicket, takeTicket } from "./tickets";
import { bestPlace } from "./oidc/admission";
import { passwordFits } from "./password";

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** What comes of a password: a session, or the question for the second factor, to be answered with the ticket. */
export type SignInStep = { readonly kind: "done" } | { readonly kind: "second-factor"; readonly ticket: string };

// How long a person may look for their code.
const secondStepMs = 5 * 60_000;

interface SecondStep {
  readonly personId: string;
  readonly email: string;
  /** Of the password that was right: with another one, the first step is to be taken anew. */
  readonly mark: string;
  readonly untilMs: number;
}

/** What a ticket keeps of an encoded password, which must not be in it. */
const markOf = ({ passwordHash }: FoundPerson): string =>
  createHash("sha256")
    .update(passwordHash ?? "")
    .digest("base64url");

/** The first step: a password. Every refusal says the same, whatever was wrong. */
export async function signIn(ctx: RequestContext, { email, password }: Credentials): Promise<SignInStep> {
  const { server, ip } = ctx;
  const address = email.trim().toLowerCase();
  await limitAttempts(server, [
    ["address", ip],
    ["email-from", `${ip} ${address}`],
    ["email", address],
  ]);
  const person = await server.database.lookups.findPersonByEmail(address);
  const fits = await passwordFits(person?.passwordHash, password);
  if (!fits || person === undefined) {
    const reason = person?.passwordHash === null ? "no-password" : "wrong-password";
    await noteRefusal(ctx, { address, person, reason });
    throw new AppError("sign-in-refused", "E-mail or password is wrong.");
  }
  await clearAttempts(server, "email-from", `${ip} ${address}`);
  await clearAttempts(server, "email", address);
  if (person.hasSecondFactor) {
    const untilMs = server.clock.now() + secondStepMs;
    const data: SecondStep = { personId: person.personId, email: person.email, mark: markOf(person), untilMs };
    return {
      kind: "second-factor",
      ticket: await putTicket(server, { kind: "second-factor", data, forMs: secondStepMs }),
    };
  }
  await begin(ctx, person, undefined);
  return { kind: "done" };
}

/** The second step: a code of the authenticator app, or a recovery code. A wrong one may be corrected with the ticket. */
export async function signInWithCode(
  ctx: RequestContext,
  { ticket, code }: { readonly ticket: string; readonly code: string },
): Promise<void> {
  const { server } = ctx;
  const step = (await takeTicket(server, "second-factor", ticket)) as SecondStep | undefined;
  const person = step === undefined ? undefined : await server.database.lookups.findPersonByEmail(step.email);
  const place = person?.memberships[0];
  const holds = person !== undefined && person.personId === step?.personId && markOf(person) === step.mark;
  if (step === undefined || !holds || place === undefined) {
    throw new AppError("sign-in-refused", "This sign-in took too long, or the password was changed. Begin it again.");
  }
  const { personId } = step;
  try {
    const organisation = server.database.forOrganisation(place.organisationId);
    const passedBy = await passSecondFactor(server, { organisation, personId, code });
    if (passedBy === undefined) {
      await noteRefusal(ctx, { address: step.email, person, reason: "wrong-code" });
      throw wrongCode();
    }
    await begin(ctx, person, passedBy);
  } catch (error) {
    const forMs = step.untilMs - server.clock.now();
    if (forMs > 0) await putTicket(server, { kind: "second-factor", data: step, forMs, token: ticket });
    throw error;
  }
}

async function begin(ctx: RequestContext, person: FoundPerson, passedBy: PassedBy | undefined): Promise<void> {
  const { server } = ctx;
  const listed = await server.database.lookups.listMemberships(person.personId);
  const ended = new Set(
    listed.filter((each) => isDeletionDue(each, server.clock.now())).map(({ organisationId }) => organisationId),
  );
  const there = person.memberships.filter(({ organisationId }) => !ended.has(organisationId));
  const membership = landingOf(there);
  if (membership === undefined) {
    const reason = there.length === 0 ? "deletion-due" : "own-provider-required";
    await noteRefusal(ctx, { address: person.email, person, reason });
    throw new AppError("sign-in-refused", nowhere[reason]);
  }
  await beginSession(ctx, {
    organisationId: membership.organisationId,
    person: { id: person.personId, displayName: person.displayName },
    proofFor: () => ({ kind: "password", secondFactor: passedBy !== undefined }),
    ...(passedBy === undefined ? {} : { detail: { after: { secondFactor: passedBy } } }),
  });
}

const nowhere = {
  "deletion-due": "The organisation that you belonged to has been deleted. Ask for an invitation to another one.",
  "own-provider-required":
    "Your organisations want you to sign in with their own provider. Choose it in place of a password.",
} as const;

/** Where a password's session begins: the organisation that was used last, of those that a password opens. */
const landingOf = (memberships: readonly FoundMembership[]) =>
  bestPlace(
    memberships
      .filter((each) => !each.requiresOwnProvider)
      .map((each) => ({ ...each, ordinary: each.organisationKind === "ordinary" })),
  );

interface PasswordRefusal {
  readonly address: string;
  readonly person: FoundPerson | undefined;
  readonly reason: "no-password" | "wrong-password" | "wrong-code" | keyof typeof nowhere;
}

async function noteRefusal({ server, log, ip }: RequestContext, { address, person, reason }: PasswordRefusal) {
  log.warn({ ip, known: person !== undefined, reason }, "a sign-in was refused");
  for (const { organisationId } of person?.memberships ?? []) {
    await server.database.forOrganisation(organisationId).transaction((tx) =>
      appendAudit(tx, {
        actor: { kind: "person", id: person?.personId ?? null, name: address },
        action: "sign-in.refuse",
        target: { kind: "person", id: person?.personId ?? "", name: address },
        detail: { after: { reason } },
        ip,
        at: new Date(server.clock.now()),
      }),
    );
  }
}
