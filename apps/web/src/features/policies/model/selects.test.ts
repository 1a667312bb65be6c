import { parseResource, type Policy } from "@isthmus/policy-engine";
import { describe, expect, it } from "vitest";
import { selectedWorkloads, type SelectablePod } from "./selects";

const pod = (
  clusterId: string,
  namespace: string,
  app: string,
  change: Partial<SelectablePod> = {},
): SelectablePod => ({
  clusterId,
  namespace,
  labels: { app },
  serviceAccount: "default",
  hostNetwork: false,
  phase: "Running",
  workloadKind: "Deployment",
  workloadName: app,
  ...change,
});
const pods = [
  pod("west", "shop", "cart"),
  pod("west", "shop", "cart"),
  pod("west", "shop", "web"),
  pod("east", "shop", "cart"),
  pod("west", "other", "cart"),
  pod("west", "shop", "cart", { workloadName: "done", phase: "Succeeded" }),
  pod("west", "shop", "cart", { workloadName: "host", hostNetwork: true }),
];
const inherited = [{ clusterId: "west", kind: "Namespace", namespace: "", name: "shop", labels: { team: "a" } }];

function policy(kind: string, spec: object): Policy {
  const metadata = kind === "NetworkPolicy" ? { name: "t.p", namespace: "shop" } : { name: "t.p" };
  const parsed = parseResource({ apiVersion: "projectcalico.org/v3", kind, metadata, spec: { tier: "t", ...spec } });
  if (!parsed.ok || parsed.value.resource.resource !== "policy") throw new Error(JSON.stringify(parsed));
  return parsed.value.resource;
}
const shown = (of: Policy): string[] =>
  selectedWorkloads(of, pods, inherited).flatMap(({ clusterId, workloads }) =>
    workloads.map((each) => `${clusterId} ${each.namespace}/${each.name} ${each.pods}`),
  );

describe("selectedWorkloads", () => {
  it("keeps a namespaced policy to its namespace, counts pods, leaves out the host's network and what has ended", () => {
    expect(shown(policy("NetworkPolicy", { selector: "app == 'cart'" }))).toEqual([
      "west shop/cart 2",
      "east shop/cart 1",
    ]);
  });
  it("reaches every namespace with a global policy", () => {
    expect(shown(policy("GlobalNetworkPolicy", { selector: "app == 'cart'" }))).toEqual([
      "west other/cart 1",
      "west shop/cart 2",
      "east shop/cart 1",
    ]);
  });
  it("sees labels of namespaces", () => {
    expect(shown(policy("GlobalNetworkPolicy", { namespaceSelector: "team == 'a'" }))).toEqual([
      "west shop/cart 2",
      "west shop/web 1",
    ]);
  });
  it("selects nothing where nothing matches", () => {
    expect(shown(policy("NetworkPolicy", { selector: "app == 'db'" }))).toEqual([]);
  });
});
