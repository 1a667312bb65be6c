import { appendAudit, type FoundMembership, type FoundPerson } from "@isthmus/db";
import type { RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { clearAttempts, limitAttempts } from "./attempts";
import { beginSession } from "./begin-session";
import { bestPlace } from "./oidc/admission";
import { passwordFits } from "./password";

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Begins a session and sets its cookie. Every refusal says the same, whatever was wrong. */
export async function signIn(ctx: RequestContext, { email, password }: Credentials): Promise<void> {
  const { server, ip } = ctx;
  const address = email.trim().toLowerCase();
  await limitAttempts(server, [
    ["address", ip],
    ["email", address],
  ]);
  const person = await server.database.lookups.findPersonByEmail(address);
  const fits = await passwordFits(person?.passwordHash, password);
  if (!fits || person === undefined) {
    const reason = person?.passwordHash === null ? "no-password" : "wrong-password";
    await noteRefusal(ctx, { address, person, reason });
    throw new AppError("sign-in-refused", "E-mail or password is wrong.");
  }
  const membership = landingOf(person.memberships);
  if (membership === undefined) {
    await noteRefusal(ctx, { address, person, reason: "own-provider-required" });
    throw new AppError(
      "sign-in-refused",
      "Your organisations want you to sign in with their own provider. Choose it in place of a password.",
    );
  }
  await clearAttempts(server, "email", address);
  await beginSession(ctx, {
    organisationId: membership.organisationId,
    person: { id: person.personId, displayName: person.displayName },
    proofFor: () => ({ kind: "password", secondFactor: false }),
  });
}

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
  readonly reason: "no-password" | "wrong-password" | "own-provider-required" | "wrong-code";
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
