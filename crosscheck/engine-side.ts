import {
  buildWorld,
  judgeEndpoint,
  parseAddress,
  policyHits,
  type IpAddress,
  type PolicyHit,
  type TraceStep,
  type World,
} from "@isthmus/policy-engine";
import { PROTOCOLS, spellPolicy, type Cluster, type Side } from "./cluster";

function readAddress(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

function worldOf({ namespaces, serviceAccounts, pods, services, manifests }: Cluster): World {
  return buildWorld({
    namespaces,
    serviceAccounts,
    manifests,
    pods: pods.map(({ address, ports, ...pod }) => ({
      ...pod,
      addresses: [address],
      ports: ports.map(({ name, protocol, containerPort }) => ({
        name,
        protocol: PROTOCOLS[protocol],
        port: containerPort,
      })),
    })),
    services: services.map(({ name, namespace, addresses, protocol, port }) => ({
      name,
      namespace,
      targets: addresses.map((address) => ({ address, protocol: PROTOCOLS[protocol], port })),
    })),
  });
}

function spell({ kind, tier, namespace, name, ruleIndex, action, trigger }: PolicyHit): string {
  switch (kind) {
    case "Profile":
      return `profile|${name}|${ruleIndex}|${action}`;
    case "EndOfTier":
      return `${tier}|${trigger ? spellPolicy(trigger.kind, trigger.namespace, trigger.name) : "nothing"}|end|${action}`;
    default:
      return `${tier}|${spellPolicy(kind, namespace, name)}|${ruleIndex}|${action}`;
  }
}

const spellAll = (trace: readonly TraceStep[]): readonly string[] => policyHits(trace).map(spell);

/** The product's policy engine. */
export const side: Side = {
  name: "engine",
  open: (cluster) => {
    const world = worldOf(cluster);
    return ({ at, direction, source, destination, ...header }) => {
      const endpoint = world.endpoints[at];
      if (endpoint === undefined) throw new Error(`there is no pod ${at}`);
      const packet = { ...header, source: readAddress(source), destination: readAddress(destination) };
      const { verdict, trace, pending } = judgeEndpoint(world, { endpoint, direction, packet });
      return { verdict, enforced: spellAll(trace), pending: spellAll(pending.trace) };
    };
  },
};
