import { appendAudit, installationId, listRecoveredProviders, resetPassword } from "@isthmus/db";
import type { RequestContext } from "../../../../server/context";
import { AppError } from "../../../../server/errors";
import { hashPassword, shortestPassword } from "../password";
import { readTicket, takeTicket } from "../tickets";
import { isLinkAlive, type PasswordLinkTicket } from "./recovery";

const over = () =>
  new AppError("not-found", "This link was used already, or its time is over. Ask whoever sent it for another.");

async function liveTicket({ server }: RequestContext, token: string): Promise<PasswordLinkTicket> {
  const ticket = (await readTicket(server, "password-link", token)) as PasswordLinkTicket | undefined;
  if (ticket === undefined) throw over();
  const organisation = server.database.forOrganisation(ticket.organisationId);
  if (!(await organisation.transaction((tx) => isLinkAlive(tx, ticket)))) throw over();
  return ticket;
}

/** Whose password a link sets, for the page of whoever has it, and which providers open the account afterwards, too. */
export async function readPasswordLink(
  ctx: RequestContext,
  token: string,
): Promise<{ readonly email: string; readonly connected: readonly string[] }> {
  const { email, personId, organisationId } = await liveTicket(ctx, token);
  const organisation = ctx.server.database.forOrganisation(organisationId);
  return { email, connected: await organisation.transaction((tx) => listRecoveredProviders(tx, personId)) };
}

/** Sets the password that a link is for, once; every session of the person ends. A second factor stays. */
export async function setPasswordByLink(
  ctx: RequestContext,
  { token, password }: { readonly token: string; readonly password: string },
): Promise<{ readonly email: string }> {
  const { server, ip } = ctx;
  if (password.length < shortestPassword)
    throw new AppError("invalid-input", `A password needs at least ${shortestPassword} characters.`);
  const ticket = await liveTicket(ctx, token);
  const { personId, email, organisationId, mark } = ticket;
  const passwordHash = await hashPassword(password);
  if ((await takeTicket(server, "password-link", token)) === undefined) throw over();
  const at = new Date(server.clock.now());
  const person = await server.database.lookups.findPersonByEmail(email);
  const entry = {
    actor: { kind: "person", id: personId, name: person?.displayName ?? email },
    action: "account.reset-password",
    target: { kind: "person", id: personId, name: email },
    ip,
    at,
  } as const;
  await server.database.forOrganisation(organisationId).transaction(async (tx) => {
    // Since the link was looked at a password was hashed, and somebody may have changed what they may do.
    if (!(await isLinkAlive(tx, ticket))) throw over();
    if ((await resetPassword(tx, { personId, mark, passwordHash, at })) !== "yes") throw over();
    await appendAudit(tx, entry);
  });
  const others = organisationId === installationId ? (person?.memberships ?? []) : [];
  for (const other of others) {
    if (other.organisationId === installationId) continue;
    await server.database.forOrganisation(other.organisationId).transaction((tx) => appendAudit(tx, entry));
  }
  return { email };
}
