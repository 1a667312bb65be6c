import { randomUUID } from "node:crypto";
import type { BindingScope } from "@isthmus/access";
import { createInvitation, findMemberByEmail, revokeInvitations, type OrganisationTransaction } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct } from "../../audit/server";
import { checkGrant, readGrantBook, refuseWider, roleName } from "../../roles/server";
import type { InviteInput } from "./inputs";
import { hashSecret, newSecret } from "../../../server/random-secret";

type Context = RequestContext & PersonContext;

const dayMs = 86_400_000;

/** A link that is shown once. */
export interface InvitationLink {
  readonly id: string;
  readonly url: string;
  readonly expiresAt: Date;
}

interface LinkTerms extends Pick<InviteInput, "email" | "days" | "roleId"> {
  readonly scope: BindingScope;
  readonly createdBy: string | null;
}

/** Stores an invitation in the transaction's organisation and gives the link that takes it. */
export async function makeInvitation(
  tx: OrganisationTransaction,
  { server }: Pick<RequestContext, "server">,
  { email, days, roleId, scope, createdBy }: LinkTerms,
): Promise<InvitationLink> {
  const id = randomUUID();
  const secret = newSecret();
  const createdAt = new Date(server.clock.now());
  const expiresAt = new Date(createdAt.getTime() + days * dayMs);
  const secretHash = hashSecret(secret);
  await createInvitation(tx, { id, email, roleId, scope, secretHash, createdBy, createdAt, expiresAt });
  return { id, url: `${server.config.publicUrl}/join/${secret}`, expiresAt };
}

/** Invites somebody with a role that one holds oneself. An earlier link of the same address is worth nothing from now on. */
export const invite = (ctx: Context, input: InviteInput): Promise<InvitationLink> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const book = await readGrantBook(tx);
    checkGrant(ctx, book, input);
    refuseWider(ctx, book, input);
    if ((await findMemberByEmail(tx, input.email)) !== undefined)
      throw new AppError("conflict", `${input.email} is a member already. Give them a role instead.`);
    const link = await makeInvitation(tx, ctx, { ...input, createdBy: ctx.person.id });
    await recordAct(tx, ctx, {
      action: "member.invite",
      target: { kind: "invitation", id: link.id, name: input.email },
      detail: { after: { role: roleName(book.roles, input.roleId), scope: input.scope, expiresAt: link.expiresAt } },
    });
    return link;
  });

/** Withdraws an invitation that nobody has taken. */
export const withdrawInvitation = (ctx: Context, id: string): Promise<void> =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const [withdrawn] = await revokeInvitations(tx, { id, at: new Date(ctx.server.clock.now()) });
    if (withdrawn === undefined) throw new AppError("not-found", "This invitation was taken or withdrawn already.");
    await recordAct(tx, ctx, {
      action: "member.withdraw-invitation",
      target: { kind: "invitation", id, name: withdrawn.email },
    });
  });
