/** How a member stands: in, in without any role, or shut out. */
export type MemberState = "active" | "no-role" | "shut-out";

export interface ListedMember {
  readonly displayName: string;
  readonly email: string;
  readonly disabledAt: Date | null;
  readonly bindings: readonly { readonly roleName: string; readonly via: string | null }[];
  readonly groups: readonly string[];
}

/** The state of a member. */
export function memberState({ disabledAt, bindings }: Pick<ListedMember, "disabledAt" | "bindings">): MemberState {
  if (disabledAt !== null) return "shut-out";
  return bindings.length === 0 ? "no-role" : "active";
}

export type MemberSegment = "all" | "attention" | "shut-out";

/** The segment that a parameter of the URL names. */
export const memberSegment = (text: string | null): MemberSegment =>
  text === "attention" || text === "shut-out" ? text : "all";

const inSegment = (member: ListedMember, segment: MemberSegment): boolean => {
  const state = memberState(member);
  if (segment === "all") return true;
  return segment === "shut-out" ? state === "shut-out" : state === "no-role";
};

/** The members that a segment and the words of a filter leave: each word is in the name, address, a role or a group. */
export function filterMembers<M extends ListedMember>(
  members: readonly M[],
  { segment, text }: { readonly segment: MemberSegment; readonly text: string },
): readonly M[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return members.filter((member) => {
    if (!inSegment(member, segment)) return false;
    const held = [
      member.displayName,
      member.email,
      ...member.bindings.map(({ roleName }) => roleName),
      ...member.groups,
    ]
      .join(" ")
      .toLowerCase();
    return words.every((word) => held.includes(word));
  });
}

/** How many members each segment holds. */
export const countMembers = (members: readonly ListedMember[]): Readonly<Record<MemberSegment, number>> => ({
  all: members.length,
  attention: members.filter((member) => inSegment(member, "attention")).length,
  "shut-out": members.filter((member) => inSegment(member, "shut-out")).length,
});

const joined: Readonly<Record<string, string>> = {
  local: "made here",
  invitation: "by invitation",
  group: "by a group",
  provider: "by single sign-on",
  file: "by the configuration file",
};

/** How a member came in, in words. */
export const joinedWords = (joinedBy: string): string => joined[joinedBy] ?? joinedBy;

export interface InvitationTimes {
  readonly expiresAt: Date;
  readonly acceptedAt: Date | null;
  readonly revokedAt: Date | null;
}

/** How an invitation stands. */
export function invitationState(
  { expiresAt, acceptedAt, revokedAt }: InvitationTimes,
  nowMs: number,
): "open" | "accepted" | "withdrawn" | "expired" {
  if (acceptedAt !== null) return "accepted";
  if (revokedAt !== null) return "withdrawn";
  return expiresAt.getTime() <= nowMs ? "expired" : "open";
}
