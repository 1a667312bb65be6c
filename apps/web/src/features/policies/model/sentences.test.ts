import { describe, expect, it } from "vitest";
import { policySentences } from "./sentences";

const policy = (spec: object) => ({
  apiVersion: "projectcalico.org/v3",
  kind: "NetworkPolicy",
  metadata: { name: "t.p", namespace: "shop" },
  spec: { tier: "t", ...spec },
});

describe("policySentences", () => {
  it("says rules in their order and direction", () => {
    const said = policySentences(
      policy({ types: ["Ingress", "Egress"], ingress: [{ action: "Allow", protocol: "TCP" }, { action: "Deny" }] }),
    );
    expect(
      said?.directions.map(({ direction, rules }) =>
        `${direction} ${rules.map((rule) => rule.action).join(" ")}`.trim(),
      ),
    ).toEqual(["ingress Allow Deny", "egress"]);
    expect(said?.applies).toMatch(/namespace shop/);
  });
  it("names what it does not understand, once", () => {
    const said = policySentences(policy({ ingress: [{ action: "Allow", moonPhase: "full" }] }));
    const [rule] = said?.directions[0]?.rules ?? [];
    expect(rule?.unknown.join()).toMatch(/moonPhase/);
    expect(rule?.text).not.toMatch(/moonPhase/);
  });
  it("says nothing of what is no policy", () => {
    expect(policySentences({ kind: "Pod" })).toBeNull();
  });
});
