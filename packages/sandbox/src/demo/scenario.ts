import type { ClusterScenario, Scenario, ScenarioObject } from "../scenario-types";
import { loadGenerator, remoteShopService, shopFront, shopService } from "./boutique";
import { namespace } from "./objects";
import { bgp, platform, remotePools, type BgpNeighbour } from "./platform";
import { euCentralPolicies, euWestPolicies, usEastPolicies } from "./policies";

const SHOP = "boutique";
const shopNamespace = namespace(SHOP, { team: "shop", environment: "production" });

/** Pod ranges: disjoint, and routed between the clusters. */
const PODS = { "eu-west": "10.10.0.0/16", "eu-central": "10.20.0.0/16", "us-east": "10.30.0.0/16" } as const;

function poolsBeside(cluster: keyof typeof PODS): readonly ScenarioObject[] {
  return remotePools(Object.fromEntries(Object.entries(PODS).filter(([name]) => name !== cluster)));
}

/** In the order of the scenario, which gives the nodes their addresses. */
const GATEWAYS: readonly BgpNeighbour[] = [
  { name: "eu-west", asNumber: 64_513, address: "172.18.0.10" },
  { name: "eu-central", asNumber: 64_514, address: "172.18.1.10" },
  { name: "us-east", asNumber: 64_515, address: "172.18.2.10" },
];

function routesBeside(cluster: keyof typeof PODS): readonly ScenarioObject[] {
  const asNumber = GATEWAYS.find(({ name }) => name === cluster)?.asNumber ?? 0;
  return bgp(
    { asNumber, node: `${cluster}-node-1` },
    GATEWAYS.filter(({ name }) => name !== cluster),
  );
}

function nodes(cluster: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${cluster}-node-${index + 1}`);
}

const euWest: ClusterScenario = {
  name: "eu-west",
  podCidr: PODS["eu-west"],
  serviceCidr: "10.110.0.0/16",
  nodes: nodes("eu-west", 4),
  labels: { "topology.kubernetes.io/region": "eu-west-1" },
  manifests: [
    ...platform(),
    ...poolsBeside("eu-west"),
    ...routesBeside("eu-west"),
    shopNamespace,
    ...euWestPolicies(SHOP),
    ...shopService("productcatalog", SHOP, 3),
    ...shopService("currency", SHOP, 2),
    ...shopService("shipping", SHOP, 2),
    ...shopService("recommendation", SHOP, 2),
    ...shopService("email", SHOP, 1),
    ...shopService("cart", SHOP, 3),
    ...shopService("checkout", SHOP, 2),
    ...shopService("frontend", SHOP, 3),
    shopFront(SHOP),
    remoteShopService("payment", SHOP, "eu-central/payments"),
    remoteShopService("ad", SHOP, "eu-central/ads"),
    remoteShopService("redis-cart", SHOP, "us-east/boutique"),
    ...loadGenerator(SHOP, 10),
  ],
};

const euCentral: ClusterScenario = {
  name: "eu-central",
  podCidr: PODS["eu-central"],
  serviceCidr: "10.120.0.0/16",
  nodes: nodes("eu-central", 3),
  labels: { "topology.kubernetes.io/region": "eu-central-1" },
  manifests: [
    ...platform(),
    ...poolsBeside("eu-central"),
    ...routesBeside("eu-central"),
    namespace("payments", { team: "payments", environment: "production", pci: "true" }),
    namespace("ads", { team: "marketing", environment: "production" }),
    ...euCentralPolicies(),
    ...shopService("payment", "payments", 2),
    ...shopService("ad", "ads", 2),
  ],
};

const usEast: ClusterScenario = {
  name: "us-east",
  podCidr: PODS["us-east"],
  serviceCidr: "10.130.0.0/16",
  nodes: nodes("us-east", 3),
  labels: { "topology.kubernetes.io/region": "us-east-1" },
  manifests: [
    ...platform(),
    ...poolsBeside("us-east"),
    ...routesBeside("us-east"),
    shopNamespace,
    ...usEastPolicies(SHOP),
    ...shopService("redis-cart", SHOP, 1),
    ...shopService("productcatalog", SHOP, 2),
    ...shopService("recommendation", SHOP, 1),
    ...shopService("frontend", SHOP, 2),
    shopFront(SHOP),
    remoteShopService("currency", SHOP, "eu-west/boutique"),
    remoteShopService("cart", SHOP, "eu-west/boutique"),
    remoteShopService("shipping", SHOP, "eu-west/boutique"),
    remoteShopService("checkout", SHOP, "eu-west/boutique"),
    remoteShopService("ad", SHOP, "eu-central/ads"),
    ...loadGenerator(SHOP, 6),
  ],
};

/** Three clusters that run the Online Boutique between them: two in the EU, one in the US. */
export const demoScenario: Scenario = { seed: 20_261_123, clusters: [euWest, euCentral, usEast] };
