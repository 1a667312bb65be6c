import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PolicyHit } from "../domain";
import { decidingOf, decodeHit, encodeHit } from "./trace";

const hit = (name: string, action: PolicyHit["action"], changes: Partial<PolicyHit> = {}): PolicyHit => ({
  kind: "NetworkPolicy",
  tier: "default",
  namespace: "ns",
  name,
  action,
  policyIndex: 0,
  ruleIndex: 2,
  trigger: null,
  ...changes,
});
const trigger = { kind: "GlobalNetworkPolicy", tier: "pci", namespace: "", name: "pci.db" } as const;

describe("encodeHit and decodeHit", () => {
  it("are each other's reverse", () => {
    const name = fc.string({ maxLength: 20 }).filter((text) => !text.includes("\t"));
    const hits = fc.record({
      kind: fc.constantFrom("NetworkPolicy", "EndOfTier", "Unknown"),
      tier: name,
      namespace: name,
      name,
      action: fc.constantFrom("allow", "deny", "pass", "unknown"),
      policyIndex: fc.integer({ min: 0, max: 100 }),
      ruleIndex: fc.integer({ min: -1, max: 100 }),
      trigger: fc.constantFrom(null, trigger),
    }) as fc.Arbitrary<PolicyHit>;
    fc.assert(
      fc.property(hits, (each) => {
        expect(decodeHit(encodeHit(each))).toEqual(each);
      }),
    );
  });
});

describe("decidingOf", () => {
  it.each([
    { name: "no trace", trace: [], deciding: null },
    { name: "only passed", trace: [hit("a", "pass")], deciding: null },
    { name: "the last that allowed or denied", trace: [hit("a", "pass"), hit("b", "allow")], deciding: "b" },
    { name: "a pass after it decides nothing", trace: [hit("a", "deny"), hit("b", "pass")], deciding: "a" },
    {
      name: "who triggered the tier's default",
      trace: [hit("", "deny", { kind: "EndOfTier", trigger })],
      deciding: "pci.db",
    },
  ])("$name", ({ trace, deciding }) => {
    expect(decidingOf(trace)?.name ?? null).toBe(deciding);
  });

  it("says when it was a tier's default", () => {
    expect(decidingOf([hit("", "deny", { kind: "EndOfTier", trigger, ruleIndex: -1 })])).toEqual({
      ...trigger,
      action: "deny",
      ruleIndex: -1,
      byTierDefault: true,
    });
  });
});
