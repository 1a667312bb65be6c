import { StatusMark } from "../../../ui";
import { memberState } from "../model/member-list";
import type { Member } from "./use-members";

const stateWords = { active: "in", "no-role": "no role", "shut-out": "shut out" } as const;

/** How a member stands, as shape and word. */
export function MemberMark({ member }: { readonly member: Member }) {
  const state = memberState(member);
  const status = state === "active" ? "good" : state === "no-role" ? "problem" : "locked";
  return <StatusMark status={status}>{stateWords[state]}</StatusMark>;
}
