import { describe, expect, it } from "vitest";
import { judgeConnection } from "../evaluate/connection";
import type { Endpoint } from "../evaluate/endpoint";
import type { World } from "../evaluate/world";
import { ask, cnp, gnp, knp, np, shop, tier } from "../testing/shop-world";
import { describeConnection, describeVerdict } from "./describe-verdict";
import { flowLogPolicies } from "./flow-log";

const allow = { ingress: [{ action: "Allow" }] } as const;
const deny = { ingress: [{ action: "Deny" }] } as const;

// felix/calc/policy_lookup_cache.go, setFlowLogPolicyName, and its test.
describe("the form that flow logs use", () => {
  it.each([
    { name: "a global policy", manifests: [gnp("a", allow)], expected: ["0|default|default.a|allow|0"] },
    {
      name: "whose name has the tier already",
      manifests: [gnp("default.a", allow)],
      expected: ["0|default|default.a|allow|0"],
    },
    {
      name: "a namespaced one",
      manifests: [np("a", { ingress: [{ action: "Log" }, { action: "Deny" }] })],
      expected: ["0|default|shop/default.a|deny|1"],
    },
    {
      name: "a Kubernetes policy",
      manifests: [knp("k", { podSelector: {}, ingress: [{}] })],
      expected: ["0|default|shop/knp.default.k|allow|0"],
    },
    {
      name: "a cluster network policy",
      manifests: [cnp("c", { tier: "Admin", priority: 1, ingress: [{ action: "Deny", from: [{ namespaces: {} }] }] })],
      expected: ["0|kube-admin|kube-admin.c|deny|0"],
    },
    {
      name: "Pass, then the end of a tier by a policy of it",
      manifests: [tier("t", 1), gnp("t.p", { tier: "t", ingress: [{ action: "Pass" }] }), np("a", {})],
      expected: ["0|t|t.p|pass|0", "1|default|shop/default.a|deny|-1"],
    },
    { name: "the profile", manifests: [], expected: ["0|__PROFILE__|__PROFILE__.kns.shop|allow|0"] },
    {
      name: "what is not decided has no line",
      manifests: [gnp("a", { ingress: [{ action: "Allow", http: { methods: ["GET"] } }] })],
      expected: [],
    },
  ])("$name", ({ manifests, expected }) => {
    expect(flowLogPolicies(ask(shop(...manifests)))).toEqual(expected);
  });

  it.each([
    {
      name: "a staged policy",
      staged: np("a", allow, "StagedNetworkPolicy"),
      expected: ["0|default|shop/default.staged:a|allow|0"],
    },
    {
      name: "a staged global one of a tier",
      staged: gnp("default.a", deny, "StagedGlobalNetworkPolicy"),
      expected: ["0|default|default.staged:a|deny|0"],
    },
    {
      name: "a staged Kubernetes policy",
      staged: np("k", { podSelector: {}, ingress: [{}] }, "StagedKubernetesNetworkPolicy"),
      expected: ["0|default|shop/staged:knp.default.k|allow|0"],
    },
  ])("pending: $name", ({ staged, expected }) => {
    const judged = ask(shop(staged));
    expect(flowLogPolicies(judged)).toEqual(["0|__PROFILE__|__PROFILE__.kns.shop|allow|0"]);
    expect(flowLogPolicies(judged.pending)).toEqual(expected);
  });
});

const end = (world: World, endpoint: Endpoint) =>
  ({ kind: "endpoint", world, endpoint, address: endpoint.addresses[0]! }) as const;

describe("plain sentences", () => {
  it("tell what happened at an endpoint, and what would with staged policies", () => {
    const world = shop(
      tier("t", 1),
      gnp("t.p", { tier: "t", selector: "app == 'x'" }),
      np("a", deny),
      gnp("b", { order: 1, ...allow }, "StagedGlobalNetworkPolicy"),
    );
    expect(describeVerdict(ask(world))).toEqual([
      "Denied by ingress policies",
      "Tier t is skipped: none of its policies selects the endpoint in this direction",
      "Tier default applies",
      "Denied by rule 1 of network policy shop/a in tier default",
      "With what is staged: allowed",
      "Tier t is skipped: none of its policies selects the endpoint in this direction",
      "Tier default applies",
      "Allowed by rule 1 of staged global network policy b in tier default",
    ]);
  });

  it("tell of both ends of a connection", () => {
    const world = shop(np("a", deny));
    const [cart, redis] = world.endpoints;
    const verdict = judgeConnection({
      source: end(world, cart!),
      destination: end(world, redis!),
      protocol: 6,
      sourcePort: 1,
      destinationPort: 1,
    });
    expect(describeConnection(verdict)).toEqual([
      "Denied",
      "At the source:",
      "Allowed by egress policies",
      "Tier default is skipped: none of its policies selects the endpoint in this direction",
      "Allowed by profile kns.shop: no tier decided",
      "At the destination:",
      "Denied by ingress policies",
      "Tier default applies",
      "Denied by rule 1 of network policy shop/a in tier default",
    ]);
  });
});
