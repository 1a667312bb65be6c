import { randomUUID } from "node:crypto";
import {
  addMember,
  appendAudit,
  createBinding,
  isOfLateFirstOwner,
  linkIdentity,
  noteProviderUse,
  replaceGroups,
  takeInvitation,
  type AuditActor,
  type FoundIdentityProvider,
  type OrganisationTransaction,
} from "@isthmus/db";
import type { RequestContext } from "../../../../server/context";
import { seal } from "../../../../server/secrets";
import { beginSession } from "../begin-session";
import type { Admission, Joining } from "./admission";
import type { Profile } from "./claims";

/** A person whom a provider proved and who is let in. */
export interface Admitted {
  readonly provider: FoundIdentityProvider;
  readonly profile: Profile;
  readonly admission: Admission;
  readonly idToken: string | undefined;
  /** The provider's name of its session; null where it says none. */
  readonly sid: string | null;
}

/**
 * Lets a person in: makes them a member where they join, links them with the provider's subject, makes their groups in
 * every organisation within reach what the provider says now, and begins the session. Each step may be done again, so
 * that a sign-in that broke off is finished by the next.
 */
export async function admit(ctx: RequestContext, admitted: Admitted): Promise<void> {
  const { provider, profile, admission, idToken, sid } = admitted;
  const { database, clock, config } = ctx.server;
  const at = new Date(clock.now());
  for (const joining of admission.joins) await join(ctx, admitted, { joining, at });
  await database.forOrganisation(provider.organisationId).transaction(async (tx) => {
    const { subject, email } = profile;
    await linkIdentity(tx, { providerId: provider.id, subject, personId: admission.personId, email, at });
    await noteProviderUse(tx, { id: provider.id, error: "" });
  });
  for (const organisationId of admission.reach) await renewGroups(ctx, admitted, { organisationId, at });
  await beginSession(ctx, {
    organisationId: admission.landing.organisationId,
    person: { id: admission.personId, displayName: admission.displayName },
    proofFor: (id) => ({
      kind: "provider",
      providerId: provider.id,
      providerOrganisationId: provider.organisationId,
      sid,
      idTokenSealed:
        idToken === undefined || config.secretsKey === undefined
          ? null
          : seal(config.secretsKey, { purpose: "id-token", id }, idToken),
    }),
    detail: { after: { provider: provider.name, subject: profile.subject } },
  });
}

const actorOf = ({ admission }: Admitted): AuditActor => ({
  kind: "person",
  id: admission.personId,
  name: admission.displayName,
});

async function join(
  { server, ip }: RequestContext,
  admitted: Admitted,
  { joining, at }: { readonly joining: Joining; readonly at: Date },
): Promise<void> {
  const { provider, admission } = admitted;
  const { personId, email, displayName } = admission;
  await server.database.forOrganisation(joining.organisationId).transaction(async (tx) => {
    const given = { personId, email, displayName, passwordHash: null, mustChangePassword: false, role: null };
    const late = joining.invitationId !== null && (await isOfLateFirstOwner(tx, joining.invitationId));
    const made = await addMember(tx, { ...given, joinedBy: joining.by });
    // The address became somebody's since the decision; only a decision may link with them.
    if (made !== personId) throw new Error("an account with this e-mail address was made at the same time");
    if (!late) await takeInvited(tx, { joining, personId, at });
    await appendAudit(tx, {
      actor: actorOf(admitted),
      action: "member.join",
      target: { kind: "person", id: personId, name: email },
      detail: { after: { by: joining.by, provider: provider.name } },
      ip,
      at,
    });
  });
}

/** The role that an invitation stands for; one that was taken or withdrawn meanwhile gives none. */
async function takeInvited(
  tx: OrganisationTransaction,
  { joining, personId, at }: { readonly joining: Joining; readonly personId: string; readonly at: Date },
): Promise<void> {
  const { invitationId: id } = joining;
  const taken = id === null ? undefined : await takeInvitation(tx, { id, personId, at });
  if (taken === undefined) return;
  const { roleId, scope, createdBy } = taken;
  await createBinding(tx, { id: randomUUID(), roleId, scope, holder: { kind: "person", personId }, createdBy, at });
}

async function renewGroups(
  { server, ip }: RequestContext,
  admitted: Admitted,
  { organisationId, at }: { readonly organisationId: string; readonly at: Date },
): Promise<void> {
  const { provider, profile, admission } = admitted;
  const { personId, email } = admission;
  await server.database.forOrganisation(organisationId).transaction(async (tx) => {
    const before = await replaceGroups(tx, { personId, providerId: provider.id, groups: profile.groups });
    if (before === undefined) return;
    await appendAudit(tx, {
      actor: actorOf(admitted),
      action: "member.groups",
      target: { kind: "person", id: personId, name: email },
      detail: { before: { groups: before }, after: { groups: profile.groups, provider: provider.name } },
      ip,
      at,
    });
  });
}
