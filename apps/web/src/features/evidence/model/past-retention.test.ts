import type { PastRetention } from "@isthmus/flow-store";
import { describe, expect, it } from "vitest";
import { describePastRetention, pastRetentionOf } from "./past-retention";

const beforeMs = Date.parse("2026-11-12T00:00:00Z");
const nowMs = Date.parse("2026-11-19T12:00:00Z");
const flows: PastRetention = { kind: "flows", beforeMs, days: 7 };

describe("what is past its retention", () => {
  const rows: readonly { readonly past: PastRetention; readonly now?: string; readonly text: string }[] = [
    { past: flows, text: "flows before 12 Nov are past their retention of 7 days" },
    { past: { ...flows, days: 1 }, text: "flows before 12 Nov are past their retention of 1 day" },
    { past: { ...flows, days: null }, text: "flows before 12 Nov were not kept" },
    {
      past: { kind: "hour", beforeMs, days: 84 },
      now: "2027-02-04T12:00:00Z",
      text: "edges by hour before 12 Nov 2026 are past their retention of 84 days",
    },
  ];
  it.each(rows)("$text", ({ past, now, text }) => {
    expect(describePastRetention(past, now === undefined ? nowMs : Date.parse(now))).toBe(text);
  });

  it("is told once for all clusters", () => {
    const minute: PastRetention = { kind: "minute", beforeMs, days: 7 };
    const clusters = [[flows], [], [flows, minute]].map((pastRetention) => ({ pastRetention }));
    expect(pastRetentionOf(clusters)).toEqual([flows, minute]);
    expect(pastRetentionOf([{ pastRetention: [] }])).toEqual([]);
  });
});
