import { expect, test } from "vitest";
import {
  countMembers,
  filterMembers,
  invitationState,
  joinedWords,
  memberSegment,
  memberState,
  type ListedMember,
} from "./member-list";

const member = (displayName: string, more: Partial<ListedMember> = {}): ListedMember => ({
  displayName,
  email: `${displayName.toLowerCase()}@example.org`,
  disabledAt: null,
  bindings: [{ roleName: "Viewer", via: null }],
  groups: [],
  ...more,
});

const members = [
  member("Ada", { bindings: [{ roleName: "Owner", via: null }] }),
  member("Ben", { bindings: [] }),
  member("Cleo", { disabledAt: new Date(0) }),
  member("Dan", { groups: ["platform-team"] }),
];

test("members stand in one state each", () => {
  expect(members.map(memberState)).toEqual(["active", "no-role", "shut-out", "active"]);
  expect(countMembers(members)).toEqual({ all: 4, attention: 1, "shut-out": 1 });
});

test.each([
  { text: "", segment: "all", found: ["Ada", "Ben", "Cleo", "Dan"] },
  { text: "OWNER", segment: "all", found: ["Ada"] },
  { text: "platform", segment: "all", found: ["Dan"] },
  { text: "viewer example.org", segment: "all", found: ["Cleo", "Dan"] },
  { text: "nobody", segment: "all", found: [] },
  { text: "", segment: "attention", found: ["Ben"] },
  { text: "ada", segment: "shut-out", found: [] },
] as const)("“$text” in $segment", ({ text, segment, found }) => {
  expect(filterMembers(members, { text, segment }).map(({ displayName }) => displayName)).toEqual(found);
});

test("what the URL does not know is all", () => {
  expect([memberSegment("attention"), memberSegment("x"), memberSegment(null)]).toEqual(["attention", "all", "all"]);
});

test("a way in that is not known is shown as it is", () => {
  expect([joinedWords("group"), joinedWords("carrier pigeon")]).toEqual(["by a group", "carrier pigeon"]);
});

test("an invitation's state", () => {
  const open = { expiresAt: new Date(10), acceptedAt: null, revokedAt: null };
  expect(invitationState(open, 5)).toBe("open");
  expect(invitationState(open, 10)).toBe("expired");
  expect(invitationState({ ...open, revokedAt: new Date(1) }, 5)).toBe("withdrawn");
  expect(invitationState({ ...open, acceptedAt: new Date(1) }, 20)).toBe("accepted");
});
