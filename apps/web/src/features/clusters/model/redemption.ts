/** How a redemption stands on the page; "lapsed": it waited until its grant had ended. */
export type RedemptionStanding = "waiting" | "approved" | "completed" | "refused" | "turned-away" | "lapsed";

/** How a redemption stands; "refused" is a person's word and final, "turned-away" a gateway's. */
export function redemptionState(
  { state, reason }: { readonly state: "waiting" | "approved" | "completed" | "refused"; readonly reason: string },
  grant: "open" | "used" | "expired" | "revoked",
): RedemptionStanding {
  if (state === "refused") return reason === "" ? "refused" : "turned-away";
  if (state === "completed" || grant === "open") return state;
  return "lapsed";
}

/** What a redemption's state is called, and the glyph beside it. */
export const redemptionWords: Readonly<
  Record<RedemptionStanding, { readonly title: string; readonly mark: "pending" | "good" | "problem" | "none" }>
> = {
  waiting: { title: "Waits for approval", mark: "pending" },
  approved: { title: "Approved, not back yet", mark: "pending" },
  completed: { title: "Joined", mark: "good" },
  refused: { title: "Refused by a person", mark: "problem" },
  "turned-away": { title: "Turned away", mark: "problem" },
  lapsed: { title: "Grant ended first", mark: "none" },
};
