import {
  findPasswordHash,
  findSecondFactor,
  listBindings,
  listCustomRoles,
  listInvitations,
  listMembers,
  type BindingRecord,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { roleName } from "../../roles/server";

type Context = RequestContext & PersonContext;

const isOf = ({ holder }: BindingRecord, { personId, groups }: { personId: string; groups: readonly string[] }) =>
  holder.kind === "person" ? holder.personId === personId : groups.includes(holder.group);

/** Who belongs to the organisation, through what they may do what, and who is invited. */
export const members = (ctx: Context) =>
  ctx.wholeOrganisation.transaction(async (tx) => {
    const roles = await listCustomRoles(tx);
    const given = await listBindings(tx);
    const listed = await listMembers(tx);
    return {
      members: listed.map((member) => ({
        personId: member.personId,
        email: member.email,
        displayName: member.displayName,
        disabledAt: member.disabledAt,
        createdAt: member.joinedAt,
        joinedBy: member.joinedBy,
        lastSignInAt: member.lastSignInAt,
        groups: [...member.groups],
        self: member.personId === ctx.person.id,
        bindings: given
          .filter((binding) => isOf(binding, member))
          .map(({ id, roleId, scope, holder }) => ({
            id,
            roleId,
            roleName: roleName(roles, roleId),
            scope,
            via: holder.kind === "group" ? holder.group : null,
          })),
      })),
      invitations: (await listInvitations(tx)).map((invitation) => ({
        ...invitation,
        roleName: roleName(roles, invitation.roleId),
      })),
    };
  });

/** What opens a member's account beside a provider; nothing is said of who is none. */
export const memberAccount = (ctx: Context, personId: string) =>
  ctx.wholeOrganisation.transaction(async (tx) => ({
    hasPassword: typeof (await findPasswordHash(tx, personId)) === "string",
    hasSecondFactor: ((await findSecondFactor(tx, personId))?.confirmedAt ?? null) !== null,
  }));

/** Where a member is signed in in this organisation, and by what. */
export async function memberSessions({ server, organisationId }: Context, personId: string) {
  const nowMs = server.clock.now();
  const everywhere = await server.database.lookups.listPersonSessions(personId);
  return everywhere
    .filter((each) => each.organisationId === organisationId && each.expiresAt.getTime() > nowMs)
    .map(({ organisationId: _here, organisationName: _name, ...session }) => session);
}
