import { compileAccess, widens, type Permission } from "@isthmus/access";
import {
  dropPasswordLinks,
  findActiveMember,
  findPasswordMark,
  installationId,
  mayRecover,
  readAccessSource,
  takeSecondFactor,
  type OrganisationTransaction,
  type Recovery,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { AppError } from "../../../../server/errors";
import { refusalOf } from "../../../../server/refusal";
import { recordAct, type Act } from "../../../audit/server";
import { putTicket } from "../tickets";

type Context = RequestContext & PersonContext;

/** Whom an administrator helps back in. */
export interface Helped {
  readonly personId: string;
  readonly email: string;
}

/** What helping takes: in the installation, which may help everybody, what its administrators alone hold. */
const neededIn = (organisationId: string): Permission =>
  organisationId === installationId ? "installation.manage" : "members.manage";

const refusals: Readonly<Record<Exclude<Recovery, "yes">, string>> = {
  elsewhere:
    "This account is known elsewhere, too, and no one organisation opens it for the others. Ask an administrator of the installation.",
  "no-member": "This person is not a member here, or is shut out.",
};

/** Refuses an organisation that may not help, and says why. */
function refuseElsewhere(may: Recovery): void {
  if (may === "yes") return;
  throw new AppError(may === "no-member" ? "not-found" : "forbidden", refusals[may]);
}

/** Whether one person may do nothing in the transaction's organisation that the other may not. */
export async function holdsNoMore(
  tx: OrganisationTransaction,
  { person, than }: { readonly person: string; readonly than: string },
): Promise<boolean> {
  const accessOf = async (personId: string) => compileAccess(await readAccessSource(tx, { personId }));
  return widens(await accessOf(than), await accessOf(person)).length === 0;
}

/**
 * What is asked of every help, by whichever door: a signed-in person who may help in this organisation, who helps somebody
 * else and may do all that they may.
 */
async function requireHelp(tx: OrganisationTransaction, ctx: Context, { personId }: Helped): Promise<void> {
  const needed = neededIn(ctx.organisationId);
  if (!ctx.access.may(needed)) throw refusalOf(needed, "anywhere", ctx.identity);
  if (ctx.identity.token !== undefined)
    throw new AppError("forbidden", "This is for a person who is signed in, not for an API token.");
  if (personId === ctx.person.id) throw new AppError("invalid-input", "This is your own account: see your settings.");
  if (!(await holdsNoMore(tx, { person: personId, than: ctx.person.id }))) {
    throw new AppError(
      "forbidden",
      "This person may do what you may not, and you could do it with their account. Ask somebody who may do as much.",
    );
  }
}

/** Takes a person's second factor away and ends all their sessions; they are told at their next sign-in. */
export async function takeSecondFactorOf(ctx: Context, helped: Helped): Promise<void> {
  const at = new Date(ctx.server.clock.now());
  const act: Act = { action: "account.take-second-factor", target: targetOf(helped) };
  await ctx.wholeOrganisation.transaction(async (tx) => {
    await requireHelp(tx, ctx, helped);
    const taken = await takeSecondFactor(tx, { personId: helped.personId, at });
    if (taken === "none") throw new AppError("conflict", "There is no second factor to take away.");
    refuseElsewhere(taken);
    await recordAct(tx, ctx, act);
  });
  await noteInTheirs(ctx, helped.personId, act);
}

/** A link by which a person gives themselves a new password, shown once. */
export interface PasswordLink {
  readonly url: string;
  readonly expiresAt: Date;
}

/** What a link stands for. It is worth nothing once the password, or who may do more than whom, has changed. */
export interface PasswordLinkTicket extends Helped {
  /** The organisation that made it, and who did. */
  readonly organisationId: string;
  readonly madeBy: string;
  readonly mark: string;
}

const linkMs = 24 * 60 * 60_000;

/** Makes a link that sets the password of a person who has one; nothing else changes before it is used. */
export async function makePasswordLink(ctx: Context, helped: Helped): Promise<PasswordLink> {
  const { server, organisationId, person } = ctx;
  const act: Act = { action: "account.make-password-link", target: targetOf(helped) };
  const link = await ctx.wholeOrganisation.transaction(async (tx) => {
    await requireHelp(tx, ctx, helped);
    refuseElsewhere(await mayRecover(tx, helped.personId));
    const mark = await findPasswordMark(tx, helped.personId);
    await dropPasswordLinks(tx, helped.personId);
    if (mark === null) throw new AppError("barred", "This account has no password: its provider opens it.");
    const { personId, email } = helped;
    const data: PasswordLinkTicket = { personId, email, organisationId, madeBy: person.id, mark };
    const token = await putTicket(server, { kind: "password-link", data, forMs: linkMs });
    await recordAct(tx, ctx, act);
    return { url: `${server.config.publicUrl}/reset/${token}`, expiresAt: new Date(server.clock.now() + linkMs) };
  });
  await noteInTheirs(ctx, helped.personId, act);
  return link;
}

/** Whether the password is still the one that a link replaces, and who made it is there and might make it now. */
export async function isLinkAlive(tx: OrganisationTransaction, ticket: PasswordLinkTicket): Promise<boolean> {
  const { madeBy, personId, mark } = ticket;
  if ((await findActiveMember(tx, madeBy)) === undefined || (await mayRecover(tx, personId)) !== "yes") return false;
  if ((await findPasswordMark(tx, personId)) !== mark) return false;
  const maker = compileAccess(await readAccessSource(tx, { personId: madeBy }));
  return maker.may(neededIn(tx.organisationId)) && (await holdsNoMore(tx, { person: personId, than: madeBy }));
}

const targetOf = ({ personId, email }: Helped) => ({ kind: "person", id: personId, name: email });

/** What the installation does to an account is written where its person belongs, too. */
async function noteInTheirs(ctx: Context, personId: string, act: Act): Promise<void> {
  if (ctx.organisationId !== installationId) return;
  const { lookups } = ctx.server.database;
  for (const { organisationId } of await lookups.listMemberships(personId)) {
    if (organisationId === installationId) continue;
    await ctx.server.database.forOrganisation(organisationId).transaction((tx) => recordAct(tx, ctx, act));
  }
}
