import { randomUUID } from "node:crypto";
import {
  findMembershipStanding,
  findOrganisation,
  isOfLateFirstOwner,
  type Database,
  type FoundIdentityProvider,
  type PersonMembership,
} from "@isthmus/db";
import { isDeletionDue } from "../../../../server/identity";
import type { Profile } from "./claims";

/** Why a person whom a provider proved is not let in; each is a code for the audit log. */
export type Refusal =
  | "no-email"
  | "email-unverified"
  | "email-of-another-account"
  | "no-membership"
  | "membership-disabled"
  | "own-provider-required";

/** An organisation that a sign-in makes the person a member of, and by what. */
export interface Joining {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly ordinary: boolean;
  readonly by: "invitation" | "group" | "provider";
  /** The invitation that is taken with it. */
  readonly invitationId: string | null;
}

/** Who is let in and where; nothing is written yet. */
export interface Admission {
  readonly kind: "admitted";
  readonly personId: string;
  readonly isNew: boolean;
  readonly linked: boolean;
  readonly email: string;
  readonly displayName: string;
  readonly joins: readonly Joining[];
  /** Every organisation where the provider's groups of the person count, those joined included. */
  readonly reach: readonly string[];
  /** Where the session begins. */
  readonly landing: { readonly organisationId: string; readonly organisationName: string };
}

/** Whether a person is let in. */
export type Decision = Admission | { readonly kind: "refused"; readonly reason: Refusal; readonly personId?: string };

interface Asked {
  readonly provider: FoundIdentityProvider;
  readonly profile: Profile;
  readonly now: Date;
}

/**
 * Decides whom a provider's answer means and where they belong (ADR 0091). An organisation's own provider reaches that
 * organisation alone; an installation's reaches every organisation of the person.
 */
export async function decideAdmission(database: Database, { provider, profile, now }: Asked): Promise<Decision> {
  const { lookups } = database;
  if (profile.email === "") return { kind: "refused", reason: "no-email" };
  if (profile.emailVerified === false) return { kind: "refused", reason: "email-unverified" };
  const known = await lookups.findPersonForProvider({
    providerId: provider.id,
    subject: profile.subject,
    email: profile.email,
  });
  if (known !== undefined && !known.linked && !isVouchedFor(provider, profile)) {
    return { kind: "refused", reason: "email-of-another-account", personId: known.personId };
  }
  const listed = known === undefined ? [] : await lookups.listMemberships(known.personId);
  const all = listed.filter((each) => !isDeletionDue(each, now.getTime()));
  const own = provider.organisationKind === "ordinary";
  const member = own ? all.filter((each) => each.organisationId === provider.organisationId) : all;
  const { joins, disabled, kept } = await joiningsOf(database, { provider, profile, now, known, member });
  const places = [...member.map(placeOf), ...joins.map(placeOfJoining)];
  const refused = (reason: Refusal): Decision => ({
    kind: "refused",
    reason,
    ...(known && { personId: known.personId }),
  });
  if (places.length === 0) {
    if (disabled) return refused("membership-disabled");
    return refused(kept ? "email-of-another-account" : "no-membership");
  }
  const landing = bestPlace(places.filter((each) => !each.requiresOwnProvider || own));
  if (landing === undefined) return refused("own-provider-required");
  return {
    kind: "admitted",
    personId: known?.personId ?? randomUUID(),
    isNew: known === undefined,
    linked: known?.linked ?? false,
    email: known?.email ?? profile.email,
    displayName: known?.displayName ?? profile.name,
    joins,
    reach: places.map((each) => each.organisationId),
    landing,
  };
}

/** Whether the provider's word on the address counts: it checked it, or whoever set it up says that it checks all. */
const isVouchedFor = (provider: FoundIdentityProvider, profile: Profile): boolean =>
  profile.emailVerified === true || provider.emailsVerified;

interface Place {
  readonly organisationId: string;
  readonly organisationName: string;
  readonly ordinary: boolean;
  readonly requiresOwnProvider: boolean;
  readonly lastSignInAt: Date | null;
}

const placeOf = (membership: PersonMembership): Place => ({
  ...membership,
  ordinary: membership.organisationKind === "ordinary",
});

const placeOfJoining = ({ organisationId, organisationName, ordinary }: Joining): Place => ({
  organisationId,
  organisationName,
  ordinary,
  requiresOwnProvider: false,
  lastSignInAt: null,
});

/** The place that was used last; an ordinary organisation before the installation where none was used. */
export function bestPlace<T extends Pick<Place, "lastSignInAt" | "ordinary">>(places: readonly T[]): T | undefined {
  const rank = (place: T) => place.lastSignInAt?.getTime() ?? (place.ordinary ? 1 : 0);
  return places.reduce<T | undefined>(
    (best, each) => (best === undefined || rank(each) > rank(best) ? each : best),
    undefined,
  );
}

interface Joiner extends Asked {
  readonly known: { readonly personId: string; readonly hasPassword: boolean } | undefined;
  readonly member: readonly PersonMembership[];
}

async function joiningsOf(database: Database, joiner: Joiner) {
  const { known, member, now } = joiner;
  const personId = known?.personId;
  const joins: Joining[] = [];
  let [disabled, kept] = [false, false];
  for (const candidate of await candidatesOf(database, joiner)) {
    if (member.some((each) => each.organisationId === candidate.organisationId)) continue;
    const organisation = await organisationOf(database, candidate.organisationId);
    if (organisation === undefined || isDeletionDue(organisation, now.getTime())) continue;
    const standing = await standingIn(database, candidate.organisationId, personId);
    // Whoever was shut out stays out, whatever their groups say.
    if (standing === "disabled") disabled = true;
    // Who invited somebody has the link as well, and may have given the account its password before its owner came: it
    // must not come along. The holder of the password takes an invitation; where no password opens, there is no harm.
    else if (known?.hasPassword === true && !organisation.requiresOwnProvider) kept = true;
    else joins.push(candidate);
  }
  const { provider } = joiner;
  // Also where the provider's rule would not let them join: the reason is that they were shut out.
  disabled ||= (await standingIn(database, provider.organisationId, personId)) === "disabled";
  return { joins, disabled, kept };
}

const organisationOf = (database: Database, organisationId: string) =>
  database.forOrganisation(organisationId).transaction(findOrganisation);

const standingIn = async (database: Database, organisationId: string, personId: string | undefined) =>
  personId === undefined
    ? "none"
    : await database.forOrganisation(organisationId).transaction((tx) => findMembershipStanding(tx, personId));

const isLate = (database: Database, organisationId: string, invitationId: string): Promise<boolean> =>
  database.forOrganisation(organisationId).transaction((tx) => isOfLateFirstOwner(tx, invitationId));

async function candidatesOf(database: Database, { provider, profile, now }: Asked): Promise<readonly Joining[]> {
  const { id: providerId, joinRule } = provider;
  const email = isVouchedFor(provider, profile) ? profile.email : null;
  const found = await database.lookups.listOrganisationsToJoin({ providerId, groups: profile.groups, email, now });
  const late = new Set<string>();
  for (const { organisationId, invitationId: invitation } of found) {
    if (invitation !== null && (await isLate(database, organisationId, invitation))) late.add(invitation);
  }
  return found.flatMap(({ organisationId, organisationName, organisationKind, byGroup, ...each }) => {
    const invitationId = each.invitationId === null || late.has(each.invitationId) ? null : each.invitationId;
    const invited = invitationId !== null;
    if (!invited && joinRule !== "anyone" && !(joinRule === "groups" && byGroup)) return [];
    const by = invited ? "invitation" : byGroup ? "group" : "provider";
    return [{ organisationId, organisationName, ordinary: organisationKind === "ordinary", by, invitationId }];
  });
}
