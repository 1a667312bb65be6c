import { judgeEndpoint, type Occasion } from "../../evaluate/judge";
import type { Packet } from "../../evaluate/packet";
import type { EndpointVerdict } from "../../evaluate/trace";
import { buildWorld, type World } from "../../evaluate/world";
import type { WorldInput } from "../../evaluate/world-input";
import { parseAddress, type IpAddress } from "../../net/address";
import type { Draws } from "./draws";

const CALICO = "projectcalico.org/v3";

const INPUT: Omit<WorldInput, "manifests"> = {
  namespaces: [
    { name: "shop", labels: { team: "web" } },
    { name: "ops", labels: {} },
  ],
  serviceAccounts: [{ namespace: "shop", name: "one", labels: { role: "x" } }],
  pods: [
    {
      namespace: "shop",
      name: "a",
      labels: { app: "a", x: "1" },
      serviceAccount: "one",
      addresses: ["10.0.0.1", "fd00::1"],
      ports: [{ name: "http", protocol: 6, port: 80 }],
    },
    { namespace: "ops", name: "b", labels: { app: "b" }, serviceAccount: "", addresses: ["10.0.0.2"] },
    { namespace: "gone", name: "c", labels: {}, serviceAccount: "one", addresses: [] },
  ],
  services: [{ namespace: "shop", name: "web", targets: [{ address: "10.0.0.1", protocol: 6, port: 80 }] }],
};

const tier = (name: string, order: number, defaultAction: string) => ({
  apiVersion: CALICO,
  kind: "Tier",
  metadata: { name },
  spec: { order, defaultAction },
});

const MANIFESTS: readonly unknown[] = [
  tier("first", 10, "Pass"),
  tier("second", 20, "Deny"),
  {
    apiVersion: CALICO,
    kind: "GlobalNetworkSet",
    metadata: { name: "corp", labels: { app: "a" } },
    spec: { nets: ["192.168.0.0/16"] },
  },
];

/** A small cluster with two tiers, some pods and these manifests besides. */
export const worldWith = (manifests: readonly unknown[]): World =>
  buildWorld({ ...INPUT, manifests: [...MANIFESTS, ...manifests] });

const address = (text: string): IpAddress => {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
};

/** Addresses that no pod of the world has. */
export const OUTSIDE: readonly IpAddress[] = ["192.168.0.5", "fd00::9", "8.8.8.8"].map(address);

const PEERS: readonly IpAddress[] = [...["10.0.0.1", "10.0.0.2"].map(address), ...OUTSIDE];

const TRAFFIC: readonly Omit<Packet, "source" | "destination">[] = [
  { protocol: 6, sourcePort: 40_000, destinationPort: 80 },
  { protocol: 6, sourcePort: 40_000, destinationPort: 8_085 },
  { protocol: 17, destinationPort: 53 },
  { protocol: 6 },
  { protocol: 1, icmp: { type: 8, code: 0 } },
  { protocol: 58 },
  { protocol: 47 },
];

/** A packet at one of the pods, drawn. */
export function someOccasion(draws: Draws, world: World): Occasion {
  const endpoint = draws.pick(world.endpoints);
  const own = endpoint.addresses[0] ?? address("10.0.0.3");
  const peer = draws.pick(PEERS);
  const direction = draws.pick(["ingress", "egress"] as const);
  const [source, destination] = direction === "ingress" ? [peer, own] : [own, peer];
  return { endpoint, direction, packet: { ...draws.pick(TRAFFIC), source, destination } };
}

/** What the world says to a packet at one of its own pods, found by the name that the occasion's pod has. */
export function judged(world: World, { endpoint, ...rest }: Occasion): EndpointVerdict {
  const own = world.endpoints.find((e) => e.name === endpoint.name);
  if (!own) throw new Error(`${endpoint.name} is not there`);
  return judgeEndpoint(world, { ...rest, endpoint: own });
}
