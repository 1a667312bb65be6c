import { StatusMark } from "../../../ui";
import type { TokenState } from "../model/token-state";

const words: Readonly<Record<TokenState, string>> = {
  good: "good",
  "expires-soon": "ends soon",
  expired: "ended",
  revoked: "revoked",
};

/** How a token stands, as shape and word. */
export function TokenMark({ state }: { readonly state: TokenState }) {
  const status = state === "good" ? "good" : state === "expires-soon" ? "problem" : "none";
  return <StatusMark status={status}>{words[state]}</StatusMark>;
}
