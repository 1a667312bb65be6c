import {
  buildWorld,
  judgeEndpoint,
  parseAddress,
  policyHits,
  type IpAddress,
  type Endpoint,
  type Occasion,
  type Packet as EnginePacket,
  type PolicyHit,
  type TraceStep,
  type World,
} from "@isthmus/policy-engine";
import { PROTOCOLS, spellPolicy, type Cluster, type FailsafePort, type Judge, type Side } from "./cluster";

function readAddress(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} is no address`);
  return address;
}

const failsafePort = ({ protocol, ...rest }: FailsafePort) => ({ protocol: PROTOCOLS[protocol], ...rest });

function worldOf({ namespaces, serviceAccounts, pods, services, manifests, failsafes }: Cluster): World {
  return buildWorld({
    namespaces,
    serviceAccounts,
    manifests,
    ...(failsafes && {
      felix: {
        failsafeInboundHostPorts: failsafes.inbound.map(failsafePort),
        failsafeOutboundHostPorts: failsafes.outbound.map(failsafePort),
      },
    }),
    pods: pods.map(({ ports, ...pod }) => ({
      ...pod,
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

/** What a host endpoint is told of a packet besides. */
function passage(at: Judge, packet: EnginePacket): Pick<Occasion, "route" | "beforeDnat"> {
  if (at.kind === "pod") return {};
  const { traffic: route, arrivedFor } = at;
  return {
    route,
    ...(arrivedFor !== undefined && { beforeDnat: { ...packet, destination: readAddress(arrivedFor) } }),
  };
}

function endpointOf({ endpoints, hostEndpoints }: World, at: Judge): Endpoint {
  const found = at.kind === "pod" ? endpoints[at.index] : hostEndpoints.find(({ name }) => name === at.name);
  if (found === undefined) throw new Error(`there is no ${JSON.stringify(at)}`);
  return found;
}

/** The product's policy engine. */
export const side: Side = {
  name: "engine",
  open: (cluster) => {
    const world = worldOf(cluster);
    return ({ at, direction, source, destination, ...header }) => {
      const endpoint = endpointOf(world, at);
      const packet = { ...header, source: readAddress(source), destination: readAddress(destination) };
      const { verdict, trace, pending } = judgeEndpoint(world, { endpoint, direction, packet, ...passage(at, packet) });
      return { verdict, enforced: spellAll(trace), pending: spellAll(pending.trace) };
    };
  },
};
