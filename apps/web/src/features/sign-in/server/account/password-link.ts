import { appendAudit, installationId, resetPassword } from "@isthmus/db";
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

/** Whose password a link sets, for the page of whoever has it. */
export const readPasswordLink = async (ctx: RequestContext, token: string): Promise<{ readonly email: string }> => ({
  email: (await liveTicket(ctx, token)).email,
});

/** Sets the password that a link is for, once; every session of the person ends. A second factor stays. */
export async function setPasswordByLink(
  ctx: RequestContext,
  { token, password }: { readonly token: string; readonly password: string },
): Promise<{ readonly email: string }> {
  const { server, ip } = ctx;
  if (password.length < shortestPassword)
    throw new AppError("invalid-input", `A password needs at least ${shortestPassword} characters.`);
  const { personId, email, organisationId, mark } = await liveTicket(ctx, token);
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
