import { describe, expect, it } from "vitest";
import { redemptionState } from "./redemption";

describe("how a redemption stands", () => {
  it.each([
    { name: "waits under an open grant", state: "waiting", reason: "", grant: "open", expected: "waiting" },
    { name: "waited too long", state: "waiting", reason: "", grant: "expired", expected: "lapsed" },
    { name: "was approved too late", state: "approved", reason: "", grant: "used", expected: "lapsed" },
    { name: "is approved and not back", state: "approved", reason: "", grant: "open", expected: "approved" },
    {
      name: "joined, whatever became of the grant",
      state: "completed",
      reason: "",
      grant: "revoked",
      expected: "completed",
    },
    { name: "a person refused", state: "refused", reason: "", grant: "open", expected: "refused" },
    { name: "a gateway refused", state: "refused", reason: "grant-used", grant: "used", expected: "turned-away" },
  ] as const)("$name: $expected", ({ state, reason, grant, expected }) => {
    expect(redemptionState({ state, reason }, grant)).toBe(expected);
  });
});
