import { describe, expect, it } from "vitest";
import { authorIndex, readAuthorRules } from "./author-rules";

const rule = (index?: number) =>
  index === undefined
    ? { action: "Allow" }
    : { action: "Allow", metadata: { annotations: { "isthmus.io/rule": `${index}` } } };
const policy = (name: string, spec: object) => ({
  ref: { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy", namespace: "", name },
  body: { spec },
});
const hit = (ruleIndex: number, name = "shop.redis") => ({
  kind: "GlobalNetworkPolicy" as const,
  tier: "shop",
  namespace: "",
  name,
  ruleIndex,
});

describe("the author's number of a rule", () => {
  const rules = readAuthorRules([
    policy("shop.redis", { ingress: [rule(0), rule(0), rule(1), rule(1)], egress: [rule(0)] }),
    policy("shop.plain", { ingress: [rule(), rule()] }),
    policy("shop.both", { ingress: [rule(0), rule(0)], egress: [rule(0), rule(1)] }),
  ]);

  const cases = [
    { name: "a rule compiled beside another", hit: hit(3), direction: "ingress", is: 1 },
    { name: "named without its tier", hit: hit(2, "redis"), direction: "ingress", is: 1 },
    { name: "a policy compiled one to one", hit: hit(1, "shop.plain"), direction: "ingress", is: 1 },
    { name: "a rule beyond those on record", hit: hit(7), direction: "ingress", is: 7 },
    { name: "no rule matched", hit: hit(-1), direction: "ingress", is: -1 },
    { name: "a policy that is not ours", hit: hit(2, "other.policy"), direction: "ingress", is: 2 },
    { name: "a kind that is not ours", hit: { ...hit(3), kind: "Profile" as const }, direction: "ingress", is: 3 },
    { name: "both directions agree", hit: hit(0), direction: undefined, is: 0 },
    { name: "the directions differ", hit: hit(1, "shop.both"), direction: undefined, is: 1 },
    { name: "told apart by the direction", hit: hit(1, "shop.both"), direction: "ingress", is: 0 },
  ] as const;
  it.each(cases)("$name", ({ hit: named, direction, is }) => {
    expect(authorIndex(rules, named, direction)).toBe(is);
  });

  it("reads nothing out of what is no policy", () => {
    const { ref, body } = policy("set", { ingress: [rule(0)] });
    expect(readAuthorRules([{ ref: { ...ref, kind: "GlobalNetworkSet" }, body }]).size).toBe(0);
  });

  it("says of a policy without rules that there are none", () => {
    expect([...readAuthorRules([{ ...policy("odd", {}), body: null }]).values()]).toEqual([
      { ingress: [], egress: [] },
    ]);
  });
});
