import type { ScenarioObject } from "../scenario-types";
import { resource } from "./objects";

const CALICO = "projectcalico.org/v3";
const KUBERNETES = "networking.k8s.io/v1";

/** Pod ranges of the other clusters, as their operators know them. */
const EU_WEST_PODS = "10.10.0.0/16";
const US_EAST_PODS = "10.30.0.0/16";

/** What the shop's team in eu-west had written before anybody managed policies for it; none of it stops its traffic. */
export function euWestPolicies(shop: string): readonly ScenarioObject[] {
  return [
    resource(
      [KUBERNETES, "NetworkPolicy"],
      { name: "frontend", namespace: shop },
      {
        podSelector: { matchLabels: { app: "frontend" } },
        policyTypes: ["Ingress"],
        ingress: [{ ports: [{ port: "http", protocol: "TCP" }] }],
      },
    ),
    resource(
      [KUBERNETES, "NetworkPolicy"],
      { name: "cart", namespace: shop },
      {
        podSelector: { matchLabels: { app: "cart" } },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [
              { podSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["frontend", "checkout"] }] } },
              { ipBlock: { cidr: US_EAST_PODS } },
            ],
            ports: [{ port: 7070, protocol: "TCP" }],
          },
        ],
      },
    ),
    stagedShippingEgress(shop),
    resource(
      [CALICO, "NetworkSet"],
      { name: "mail-providers", namespace: shop, labels: { role: "mail-provider" } },
      { nets: ["198.51.100.45/32"] },
    ),
  ];
}

/** Not in force: what the team thinks about, to be seen as pending. */
function stagedShippingEgress(shop: string): ScenarioObject {
  return resource(
    [CALICO, "StagedNetworkPolicy"],
    { name: "platform.shipping-egress", namespace: shop },
    {
      tier: "platform",
      order: 100,
      selector: "app == 'shipping'",
      types: ["Egress"],
      egress: [
        { action: "Deny", protocol: "TCP", destination: { notNets: ["10.0.0.0/8"], ports: [443] } },
        { action: "Pass" },
      ],
    },
  );
}

/** The payment and advertising teams of eu-central name their callers by address, for lack of anything better. */
export function euCentralPolicies(): readonly ScenarioObject[] {
  return [
    resource(
      [KUBERNETES, "NetworkPolicy"],
      { name: "payment", namespace: "payments" },
      {
        podSelector: { matchLabels: { app: "payment" } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ ipBlock: { cidr: EU_WEST_PODS } }], ports: [{ port: "grpc", protocol: "TCP" }] }],
      },
    ),
    resource(
      [CALICO, "NetworkPolicy"],
      { name: "default.ad-callers", namespace: "ads" },
      {
        tier: "default",
        order: 500,
        selector: "app == 'ad'",
        types: ["Ingress"],
        ingress: [
          {
            action: "Allow",
            protocol: "TCP",
            source: { nets: [EU_WEST_PODS, US_EAST_PODS] },
            destination: { ports: [9555] },
          },
        ],
      },
    ),
    resource(
      [CALICO, "GlobalNetworkSet"],
      { name: "payment-providers", labels: { role: "payment-provider" } },
      { nets: ["198.51.100.16/28"] },
    ),
  ];
}

/** The data team of us-east lets the shop's range reach the carts' store. */
export function usEastPolicies(shop: string): readonly ScenarioObject[] {
  return [
    resource(
      [KUBERNETES, "NetworkPolicy"],
      { name: "redis-cart", namespace: shop },
      {
        podSelector: { matchLabels: { app: "redis-cart" } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [{ ipBlock: { cidr: EU_WEST_PODS } }], ports: [{ port: 6379, protocol: "TCP" }] }],
      },
    ),
  ];
}
