import fc from "fast-check";
import { FIXED_TIERS, type Cluster, type Labels, type Manifest, type Pod, type Service } from "./cluster";
import { failsafes, hostManifests } from "./arbitrary-host";
import { NAMESPACES, policies } from "./arbitrary-policy";
import { mostly, seldom } from "./arbitrary-rule";

const CALICO = "projectcalico.org/v3";
const OUTSIDERS = ["10.2.0.1", "10.2.0.3", "192.168.1.1", "172.16.0.1", "8.8.8.8", "fd00:2::1", "2001:db8::8"] as const;
const PODS = [1, 2, 3, 4] as const;

const label = (key: string, value: string | undefined): Labels => (value === undefined ? {} : { [key]: value });

const podLabels = fc
  .record({ app: mostly(fc.constantFrom("a", "b", "c", "ab"), 6), extra: seldom(fc.constant("1"), 3) })
  .map(({ app, extra }): Labels => ({ ...label("app", app), ...label("extra", extra) }));

const ports = fc.subarray([
  { name: "web", protocol: "TCP", containerPort: 80 },
  { name: "web", protocol: "UDP", containerPort: 80 },
  { name: "dns", protocol: "UDP", containerPort: 53 },
  { name: "dns", protocol: "TCP", containerPort: 81 },
  { name: "web", protocol: "SCTP", containerPort: 80 },
] as const);

/** Of IPv4, of both versions, of IPv6 alone, and with a second address of IPv4. */
const addressesOf = (index: number): fc.Arbitrary<readonly string[]> => {
  const [v4, v6] = [`10.1.0.${index}`, `fd00:1::${index}`];
  return fc.constantFrom([v4], [v4], [v4, v6], [v6, v4], [v6], [v4, `10.1.1.${index}`]);
};

const pod = (index: number): fc.Arbitrary<Pod> =>
  fc
    .record({
      addresses: addressesOf(index),
      namespace: fc.constantFrom(...NAMESPACES),
      labels: podLabels,
      serviceAccount: fc.constantFrom("one", "two", "default", "gone"),
      ports,
    })
    .map((rest) => ({ ...rest, name: `pod-${index}` }));

const tier = (name: string): fc.Arbitrary<Manifest> =>
  fc
    .record({
      order: mostly(fc.constantFrom(1, 1, 1, 2, 2_000_000), 5),
      defaultAction: fc.constantFrom("Pass", "Deny"),
    })
    .map(({ order, defaultAction }) => ({
      apiVersion: CALICO,
      kind: "Tier",
      metadata: { name },
      spec: { ...(order !== undefined && { order }), defaultAction },
    }));

interface NetworkSet {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Labels;
  readonly nets: readonly string[];
}

const networkSet = ({ name, namespace, labels, nets }: NetworkSet): Manifest => ({
  apiVersion: CALICO,
  kind: namespace === undefined ? "GlobalNetworkSet" : "NetworkSet",
  metadata: { name, ...(namespace !== undefined && { namespace }), labels },
  spec: { nets },
});

/** Sets overlap with each other and with pods: an address has several holders. */
const networkSets = fc.subarray(
  [
    {
      name: "corp",
      labels: { set: "corp" },
      nets: ["10.2.0.0/30", "10.1.0.1/32", "172.16.0.0/12", "fd00:2::/32", "fd00:1::1"],
    },
    { name: "published", labels: { "isthmus.io/peer-1": "1" }, nets: ["10.2.0.1", "10.2.0.3/32"] },
    { name: "lan", namespace: "shop", labels: { set: "lan", app: "a" }, nets: ["192.168.0.0/16", "10.1.0.2/32"] },
    {
      name: "lan",
      namespace: "ops",
      labels: { app: "b", extra: "1" },
      nets: ["8.8.8.0/24", "10.2.0.0/16", "2001:db8::/32"],
    },
    { name: "everything", labels: { set: "all" }, nets: ["0.0.0.0/0", "::/0"] },
  ].map(networkSet),
);

const services = fc.subarray<Service>([
  { name: "front", namespace: "shop", addresses: ["10.1.0.1", "10.2.0.1", "fd00:1::1"], protocol: "TCP", port: 80 },
  { name: "names", namespace: "ops", addresses: ["10.1.0.2"], protocol: "UDP", port: 53 },
]);

const team = seldom(fc.constantFrom("web", "a"), 2).map((value) => label("team", value));

/** A small random cluster: policies of all kinds over a few pods, sets and outsiders that they may tell apart. */
export const arbitraryCluster: fc.Arbitrary<Cluster> = fc
  .record({
    teams: fc.tuple(team, team),
    roles: fc.tuple(fc.boolean(), fc.boolean()),
    pods: fc.tuple(...PODS.map((index) => mostly(pod(index), 5))),
    tiers: fc.tuple(tier("one"), tier("two")),
    networkSets,
    services,
    policies,
    hosts: hostManifests,
    failsafes,
  })
  .map(
    ({ teams, roles, pods, tiers, networkSets: sets, services: known, policies: rules, hosts, failsafes: ports }) => ({
      namespaces: NAMESPACES.map((name, index) => ({ name, labels: teams[index] ?? {} })),
      serviceAccounts: NAMESPACES.flatMap((namespace, index) =>
        ["one", "two", "default"].map((name) => ({
          namespace,
          name,
          labels: label("role", roles[index] === true && name !== "two" ? "x" : undefined),
        })),
      ),
      pods: pods.filter((one) => one !== undefined),
      services: known,
      manifests: [...FIXED_TIERS, ...tiers, ...sets, ...hosts, ...rules],
      ...ports,
      outsiders: OUTSIDERS,
    }),
  );
