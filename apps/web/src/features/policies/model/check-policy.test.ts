import { describe, expect, it } from "vitest";
import { checkPolicy } from "./check-policy";
import { policyTemplate } from "./templates";

const tiers = ["boutique", "security"];
const marks = (text: string, against = { tiers } as Parameters<typeof checkPolicy>[1]): string[] =>
  checkPolicy(text, against)
    .diagnostics.filter((each) => each.severity === "error")
    .map(({ code, from, to }) => `${code}: ${text.slice(from, to)}`);
const base = policyTemplate("boutique", "payment");

describe("checkPolicy", () => {
  it("takes the template as it stands", () => {
    const check = checkPolicy(base, { tiers });
    expect(check.diagnostics).toEqual([]);
    expect(check.policy).toMatchObject({
      kind: "NetworkPolicy",
      namespace: "default",
      name: "boutique.payment",
      tier: "boutique",
    });
  });

  const rows = [
    {
      name: "a tier that is the cluster's own",
      text: base.replace("tier: boutique", "tier: default"),
      marks: ["tier-not-ours: default"],
    },
    { name: "no tier", text: base.replace("  tier: boutique\n", ""), marks: ["tier-not-ours: spec"] },
    {
      name: "a name without its tier",
      text: base.replace("name: boutique.payment", "name: payment"),
      marks: ["name-without-tier: payment"],
    },
    {
      name: "a key of ours",
      text: base.replace("  namespace: default", "  namespace: default\n  labels:\n    isthmus.io/managed: 'true'"),
      marks: ["reserved-key: 'true'"],
    },
    {
      name: "another kind",
      text: base.replace("kind: NetworkPolicy", "kind: HostEndpoint"),
      marks: ["kind-not-managed: HostEndpoint"],
    },
    {
      name: "a Kubernetes policy",
      text: base.replace("projectcalico.org/v3", "networking.k8s.io/v1"),
      marks: ["kind-not-managed: networking.k8s.io/v1"],
    },
  ];
  it.each(rows)("refuses $name", ({ text, marks: expected }) => {
    expect(marks(text)).toEqual(expected);
    expect(checkPolicy(text, { tiers }).policy).toBeUndefined();
  });

  it("marks an action that Calico does not know at its place", () => {
    const [mark, ...rest] = marks(base.replace("action: Allow", "action: Permit"));
    expect(mark).toMatch(/: Permit$/);
    expect(rest).toEqual([]);
  });

  it("marks the place inside a selector", () => {
    const text = base.replace('app == "client"', 'app = "client"');
    const [mark] = checkPolicy(text, { tiers }).diagnostics;
    expect(mark && mark.from >= text.indexOf('app = "client"') && mark.to <= text.indexOf('app = "client"') + 14).toBe(
      true,
    );
  });

  it("tells several mistakes at once, in the order of the text", () => {
    const text = base
      .replace("action: Allow", "action: Permit")
      .replace("name: boutique.payment", "name: payment")
      .replace("8080", "808080");
    const { diagnostics } = checkPolicy(text, { tiers });
    expect(diagnostics.length).toBeGreaterThanOrEqual(3);
    expect(diagnostics.map((each) => each.from)).toEqual(
      diagnostics.map((each) => each.from).toSorted((a, b) => a - b),
    );
  });

  it("keeps a revision to its policy's name and kind", () => {
    const existing = { kind: "NetworkPolicy", namespace: "default", name: "boutique.payment" } as const;
    expect(marks(base, { tiers, existing })).toEqual([]);
    expect(marks(base.replace("boutique.payment", "boutique.other"), { tiers, existing })).toEqual([
      "identity-changed: boutique.other",
    ]);
  });

  it("says what to do about text that is not YAML", () => {
    expect(marks("a: b: c")[0]).toMatch(/^yaml-/);
  });
});
