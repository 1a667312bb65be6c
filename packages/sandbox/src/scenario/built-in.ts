import { demoScenario } from "../demo";
import type { Scenario } from "../scenario-types";
import { generate } from "./generate";

const largeSeed = 20_261_130;

function large(): Scenario {
  const manifests = generate(
    { namespaces: 50, deployments: 500, replicas: { from: 1, to: 40 }, pods: 10_000, policies: 200 },
    largeSeed,
  );
  const nodes = Array.from({ length: 100 }, (_, index) => `large-node-${index + 1}`);
  const zones = Object.fromEntries(
    nodes.map((name, index) => [name, { labels: { "topology.kubernetes.io/zone": `zone-${(index % 3) + 1}` } }]),
  );
  const cluster = { name: "large", podCidr: "10.10.0.0/16", serviceCidr: "10.110.0.0/16", labels: {} };
  return { seed: largeSeed, clusters: [{ ...cluster, nodes, nodeSettings: zones, manifests }] };
}

/** The scenarios that need no file, with what they are. */
export const builtInScenarios: Readonly<Record<string, { readonly says: string; readonly make: () => Scenario }>> = {
  boutique: {
    says: "three clusters that run the Online Boutique between them, with traffic and policies",
    make: () => demoScenario,
  },
  large: { says: "one cluster of 10,000 pods on 100 nodes: 500 Deployments in 50 namespaces", make: large },
};

/** A built-in scenario by its name. */
export function builtInScenario(name: string): Scenario | undefined {
  return Object.hasOwn(builtInScenarios, name) ? builtInScenarios[name]?.make() : undefined;
}
