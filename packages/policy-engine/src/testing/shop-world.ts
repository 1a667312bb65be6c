import { judgeEndpoint } from "../evaluate/judge";
import type { Packet } from "../evaluate/packet";
import { policyHits, type EndpointVerdict, type PolicyHit } from "../evaluate/trace";
import { buildWorld, type World } from "../evaluate/world";
import type { WorldInput } from "../evaluate/world-input";
import type { Direction } from "../model/policy";
import type { Labels } from "../model/resource";
import { parseAddress, type IpAddress } from "../net/address";

const CALICO = "projectcalico.org/v3";

type Manifest = Readonly<Record<string, unknown>>;

const calico = (kind: string, metadata: object, spec: object): Manifest => ({
  apiVersion: CALICO,
  kind,
  metadata,
  spec,
});

/** A Tier. */
export const tier = (name: string, order: number, defaultAction = "Deny"): Manifest =>
  calico("Tier", { name }, { order, defaultAction });

/** A NetworkPolicy of Calico in namespace `shop`, or a kind like it. */
export const np = (name: string, spec: object, kind = "NetworkPolicy"): Manifest =>
  calico(kind, { name, namespace: "shop" }, spec);

/** A GlobalNetworkPolicy, or a kind like it. */
export const gnp = (name: string, spec: object, kind = "GlobalNetworkPolicy"): Manifest => calico(kind, { name }, spec);

/** A NetworkPolicy of Kubernetes in namespace `shop`. */
export const knp = (name: string, spec: object): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace: "shop" },
  spec,
});

/** A ClusterNetworkPolicy for all pods. */
export const cnp = (name: string, spec: object): Manifest => ({
  apiVersion: "policy.networking.k8s.io/v1alpha2",
  kind: "ClusterNetworkPolicy",
  metadata: { name },
  spec: { subject: { namespaces: {} }, ...spec },
});

/** A GlobalNetworkSet. */
export const globalSet = (name: string, labels: Labels, spec: object): Manifest =>
  calico("GlobalNetworkSet", { name, labels }, spec);

/** A NetworkSet in a namespace. */
export const networkSet = (
  at: { readonly namespace: string; readonly name: string },
  labels: Labels,
  spec: object,
): Manifest => calico("NetworkSet", { ...at, labels }, spec);

/** A HostEndpoint. */
export const hostEndpoint = (name: string, labels: Labels, spec: object): Manifest =>
  calico("HostEndpoint", { name, labels }, spec);

/** A Profile. */
export const profile = (name: string, spec: object): Manifest => calico("Profile", { name }, spec);

const TCP = 6;

/** Three pods: `cart` and `redis` (port `db` is TCP 6379) in `shop`, `scraper` in `ops`; each of an account of its name. */
export const SHOP: Omit<WorldInput, "manifests"> = {
  namespaces: [
    { name: "shop", labels: { team: "web" } },
    { name: "ops", labels: {} },
  ],
  serviceAccounts: [
    { namespace: "shop", name: "cart", labels: { role: "client" } },
    { namespace: "shop", name: "redis", labels: { role: "store" } },
    { namespace: "ops", name: "scraper", labels: {} },
  ],
  pods: [
    { namespace: "shop", name: "cart", addresses: ["10.0.0.1", "fd00::1"], ports: [] },
    {
      namespace: "shop",
      name: "redis",
      addresses: ["10.0.0.2", "fd00::2"],
      ports: [{ name: "db", protocol: TCP, port: 6379 }],
    },
    { namespace: "ops", name: "scraper", addresses: ["10.0.0.3", "fd00::3"], ports: [] },
  ].map((pod) => ({ ...pod, labels: { app: pod.name }, serviceAccount: pod.name })),
};

/** The shop with these manifests. */
export const shop = (...manifests: readonly unknown[]): World => buildWorld({ ...SHOP, manifests });

/** An address that is one. */
export function address(text: string): IpAddress {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
}

/** A packet at a pod; `TCP 6379` from `cart` into `redis` where nothing else is said. */
export interface Asked extends Partial<Omit<Packet, "source" | "destination">> {
  /** The pod whose policies are asked. */
  readonly at?: string;
  readonly direction?: Direction;
  /** The other end's address. */
  readonly peer?: string;
  /** A port that is not known. */
  readonly hides?: "sourcePort" | "destinationPort";
}

/** What the policies of a pod say. */
export function ask(world: World, asked: Asked = {}): EndpointVerdict {
  const { at = "redis", direction = "ingress", peer: text = "10.0.0.1", hides, ...rest } = asked;
  const endpoint = world.endpoints.find(({ name }) => name === at);
  if (!endpoint) throw new Error(`there is no pod ${at}`);
  const peer = address(text);
  const own = endpoint.addresses.find(({ version }) => version === peer.version) ?? peer;
  const ends = direction === "ingress" ? { source: peer, destination: own } : { source: own, destination: peer };
  const ports = { destinationPort: 6379, sourcePort: 40_000 };
  const { [hides ?? "neither"]: _hidden, ...known } = { ...ports, neither: 0 };
  const packet: Packet = { protocol: TCP, ...known, ...rest, ...ends };
  return judgeEndpoint(world, { endpoint, direction, packet });
}

/** A hit on one line: tier, policy, rule and action. */
const spellHit = ({ kind, tier: of, name, ruleIndex, action }: PolicyHit): string =>
  [of, kind === "EndOfTier" ? "end" : name, ...(ruleIndex < 0 ? [] : [ruleIndex]), action]
    .filter((p) => p !== "")
    .join("|");

/** The hits of a verdict, each on one line. */
export const spellHits = (verdict: Pick<EndpointVerdict, "trace">): readonly string[] =>
  policyHits(verdict.trace).map(spellHit);
