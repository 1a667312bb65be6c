import { describe, expect, it } from "vitest";
import { buildWorld } from "../evaluate/world";
import { formatWorkload } from "./owners";
import { readCluster, readMesh, type ReadOptions } from "./read-cluster";

type Json = Record<string, unknown>;

const read = (manifests: readonly unknown[], options?: ReadOptions) =>
  readCluster({ cluster: "west", manifests: manifests.map((json, i) => ({ json, origin: `doc ${i}` })) }, options);

const podSpec = {
  containers: [
    {
      ports: [
        { name: "web", containerPort: 8080 },
        { name: "dns", containerPort: 53, protocol: "UDP" },
      ],
    },
  ],
};

const pod = (name: string, more: Json = {}, metadata: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "shop", labels: { app: name }, ...metadata },
  spec: podSpec,
  ...more,
});

const template = { metadata: { labels: { app: "cart" } }, spec: { ...podSpec, serviceAccountName: "cart" } };

const workload = (apiVersion: string, kind: string, spec: Json = { template }, metadata: Json = {}): Json => ({
  apiVersion,
  kind,
  metadata: { name: "cart", namespace: "shop", ...metadata },
  spec,
});

const ownedBy = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: "apps/v1", kind, name, controller: true }],
});

const shown = (manifests: readonly unknown[]) => read(manifests).workloads.map(formatWorkload);

describe("what workloads are shown as", () => {
  it.each([
    { name: "a pod", manifests: [pod("a")], expected: ["shop/a[Pod]"] },
    { name: "a Deployment", manifests: [workload("apps/v1", "Deployment")], expected: ["shop/cart[Deployment]"] },
    { name: "a ReplicaSet", manifests: [workload("apps/v1", "ReplicaSet")], expected: ["shop/cart[ReplicaSet]"] },
    { name: "a StatefulSet", manifests: [workload("apps/v1", "StatefulSet")], expected: ["shop/cart[StatefulSet]"] },
    { name: "a DaemonSet", manifests: [workload("apps/v1", "DaemonSet")], expected: ["shop/cart[DaemonSet]"] },
    { name: "a Job", manifests: [workload("batch/v1", "Job")], expected: ["shop/cart[Job]"] },
    {
      name: "a CronJob, whose template lies deeper",
      manifests: [workload("batch/v1", "CronJob", { jobTemplate: { spec: { template } } })],
      expected: ["shop/cart[CronJob]"],
    },
    {
      name: "a ReplicationController",
      manifests: [workload("v1", "ReplicationController")],
      expected: ["shop/cart[ReplicationController]"],
    },
    {
      name: "a pod of an owner that is not here",
      manifests: [pod("cart-1", {}, ownedBy("ReplicaSet", "cart-77"))],
      expected: ["shop/cart-77[ReplicaSet]"],
    },
    {
      name: "a static pod, which its node owns",
      manifests: [pod("etcd", {}, ownedBy("Node", "minikube"))],
      expected: ["shop/etcd[Pod]"],
    },
    {
      name: "pods whose owner's owner is here: the pods stand for them all",
      manifests: [
        workload("apps/v1", "Deployment"),
        workload("apps/v1", "ReplicaSet", { template }, { name: "cart-77", ...ownedBy("Deployment", "cart") }),
        pod("cart-77-1", {}, ownedBy("ReplicaSet", "cart-77")),
        pod("cart-77-2", {}, ownedBy("ReplicaSet", "cart-77")),
      ],
      expected: ["shop/cart[Deployment]", "shop/cart[Deployment]"],
    },
    {
      name: "a ReplicaSet without pods of a Deployment that is here",
      manifests: [
        workload("apps/v1", "Deployment"),
        workload("apps/v1", "ReplicaSet", { template }, { name: "cart-77", ...ownedBy("Deployment", "cart") }),
      ],
      expected: ["shop/cart[Deployment]"],
    },
    {
      name: "a list in a list, and a typed list whose items say nothing of themselves",
      manifests: [
        { apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "List", items: [pod("a")] }] },
        { apiVersion: "v1", kind: "PodList", items: [{ metadata: { name: "b", namespace: "shop" }, spec: {} }] },
      ],
      expected: ["shop/a[Pod]", "shop/b[Pod]"],
    },
    {
      name: "an object without a namespace",
      manifests: [pod("a", {}, { namespace: "" })],
      expected: ["default/a[Pod]"],
    },
    { name: "the later of two of one name", manifests: [pod("a"), pod("a")], expected: ["shop/a[Pod]"] },
    { name: "a kind of another group", manifests: [{ ...pod("a"), apiVersion: "example.com/v1" }], expected: [] },
  ])("$name", ({ manifests, expected }) => {
    expect(shown(manifests)).toEqual(expected);
  });
});

describe("the world of a cluster's manifests", () => {
  it("has pods with their labels, accounts, addresses and named ports", () => {
    const { world } = read([
      pod("a", { status: { podIP: "10.0.0.1", podIPs: [{ ip: "10.0.0.1" }, { ip: "fd00::1" }] } }),
      workload("apps/v1", "Deployment"),
    ]);
    expect(world.cluster).toBe("west");
    expect(world.pods[0]).toMatchObject({
      labels: { app: "a" },
      serviceAccount: "default",
      addresses: ["10.0.0.1", "fd00::1"],
    });
    expect(world.pods[0]?.ports).toEqual([
      { name: "web", protocol: 6, port: 8080 },
      { name: "dns", protocol: 17, port: 53 },
    ]);
    expect(world.pods[1]).toMatchObject({ name: "cart", labels: { app: "cart" }, serviceAccount: "cart" });
    expect(world.serviceAccounts).toEqual([
      { namespace: "shop", name: "default", labels: {} },
      { namespace: "shop", name: "cart", labels: {} },
    ]);
  });

  it("takes namespaces that are named and not there to exist, with the label of their name", () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "web" } } };
    const policy = {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "p" },
      spec: { podSelector: {} },
    };
    const { world } = read([namespace, pod("a"), policy]);
    expect(world.namespaces).toEqual([
      { name: "shop", labels: { team: "web", "kubernetes.io/metadata.name": "shop" } },
      { name: "default", labels: { "kubernetes.io/metadata.name": "default" } },
    ]);
    expect(buildWorld(world).tiers[0]?.policies[0]).toMatchObject({ namespace: "default", name: "p" });
  });

  it("knows where services send to: by selector, by EndpointSlice, by Endpoints", () => {
    const service = (name: string, spec: Json) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "shop" },
      spec,
    });
    const { world } = read([
      pod("a", { status: { podIP: "10.0.0.1" } }),
      service("by-name", { selector: { app: "a" }, ports: [{ port: 80, targetPort: "web" }] }),
      service("by-number", {
        selector: { app: "a" },
        ports: [{ port: 80 }, { port: 53, targetPort: 5353, protocol: "UDP" }],
      }),
      service("of-nobody", { selector: { app: "b" }, ports: [{ port: 80 }] }),
      service("sliced", { selector: { app: "a" }, ports: [{ port: 80 }] }),
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "sliced-1", namespace: "shop", labels: { "kubernetes.io/service-name": "sliced" } },
        endpoints: [{ addresses: ["10.9.9.9"], conditions: { ready: false } }],
        ports: [{ port: 1 }],
      },
      {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { name: "written", namespace: "shop" },
        subsets: [
          {
            addresses: [{ ip: "10.8.8.8" }],
            notReadyAddresses: [{ ip: "10.8.8.9" }],
            ports: [{ port: 2, protocol: "UDP" }],
          },
        ],
      },
    ]);
    const targets = Object.fromEntries((world.services ?? []).map((s) => [s.name, s.targets]));
    expect(targets).toEqual({
      sliced: [{ address: "10.9.9.9", protocol: 6, port: 1 }],
      written: [
        { address: "10.8.8.8", protocol: 17, port: 2 },
        { address: "10.8.8.9", protocol: 17, port: 2 },
      ],
      "by-name": [{ address: "10.0.0.1", protocol: 6, port: 8080 }],
      "by-number": [
        { address: "10.0.0.1", protocol: 6, port: 80 },
        { address: "10.0.0.1", protocol: 17, port: 5353 },
      ],
      "of-nobody": [],
    });
  });

  it("invents addresses where the fewest ranges of the policies catch them", () => {
    const block = (cidr: string, except: readonly string[] = []) => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: cidr.replace("/", "-"), namespace: "shop" },
      spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr, except } }] }] },
    });
    const first = (...policies: unknown[]) =>
      read([pod("a"), pod("b"), ...policies]).world.pods.map((p) => p.addresses[0]);
    expect(first()).toEqual(["192.168.0.1", "192.168.0.2"]);
    expect(first(block("192.168.0.0/16"))).toEqual(["192.169.0.0", "192.169.0.1"]);
    expect(first(block("0.0.0.0/0", ["10.0.0.0/8"]))).toEqual(["10.0.0.0", "10.0.0.1"]);
  });
});

describe("what is said of manifests", () => {
  const codes = (manifests: readonly unknown[], options?: ReadOptions) =>
    read(manifests, options).notes.map(({ code, origin, path }) => `${code} ${origin} ${path.join(".")}`);

  it.each([
    {
      name: "a kind without a say",
      manifests: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } }],
      expected: ["ignored-kind doc 0 "],
    },
    { name: "no object", manifests: ["text"], expected: ["not-a-manifest doc 0 "] },
    { name: "an empty document", manifests: [null], expected: [] },
    { name: "an object without kind", manifests: [{ metadata: { name: "x" } }], expected: ["missing-kind doc 0 "] },
    {
      name: "a repeated object, at the place of the one that does not count",
      manifests: [
        { apiVersion: "v1", kind: "List", items: [pod("a", { status: { podIP: "10.0.0.1" } })] },
        pod("a", { status: { podIP: "10.0.0.2" } }),
      ],
      expected: ["repeated-object doc 0 items.0"],
    },
    {
      name: "a field of a wrong type, with its place",
      manifests: [
        pod("a", { spec: { containers: [{ ports: [{ containerPort: "x" }] }] }, status: { podIP: "10.0.0.1" } }),
      ],
      expected: ["wrong-type doc 0 spec.containers.0.ports.0.containerPort"],
    },
    {
      name: "a pod on its host's network",
      manifests: [pod("a", { spec: { hostNetwork: true }, status: { podIP: "10.0.0.1" } })],
      expected: ["host-network doc 0 "],
    },
    {
      name: "a finished pod, whose address may be another's",
      manifests: [pod("a", { status: { phase: "Succeeded", podIP: "10.0.0.1" } })],
      expected: ["finished-pod doc 0 ", "invented-address doc 0 "],
    },
  ])("$name", ({ manifests, expected }) => {
    expect(codes(manifests)).toEqual(expected);
  });

  it("leaves host-networked pods out where that is asked", () => {
    const { workloads, world } = read([pod("a", { spec: { hostNetwork: true } }), pod("b")], {
      hostNetwork: "left-out",
    });
    expect(workloads.map(formatWorkload)).toEqual(["shop/b[Pod]"]);
    expect(world.pods).toHaveLength(1);
  });

  it("hands policies of kinds or versions that cannot be read to the engine, which then decides nothing", () => {
    const unreadable = {
      apiVersion: "policy.networking.k8s.io/v1alpha1",
      kind: "AdminNetworkPolicy",
      metadata: { name: "x" },
    };
    const { world, notes, policies } = read([unreadable]);
    expect(notes).toEqual([]);
    expect(policies.map(({ ref }) => ref.kind)).toEqual(["AdminNetworkPolicy"]);
    expect(buildWorld(world).unreadable).toHaveLength(1);
  });
});

describe("a mesh", () => {
  const group = (cluster: string, manifests: readonly unknown[]) => ({
    cluster,
    manifests: manifests.map((json, i) => ({ json, origin: `${cluster} ${i}` })),
  });
  const addressed = (name: string, podIP: string) => pod(name, { status: { podIP } });

  it("invents no address twice, nor one that another cluster has", () => {
    const bare = [workload("apps/v1", "Deployment"), pod("a")];
    const worlds = readMesh([
      group("east", bare),
      group("west", bare),
      group("north", [addressed("b", "192.168.0.1"), addressed("c", "192.168.0.3")]),
    ]).map(({ world }) => world);
    expect(worlds.map(({ cluster }) => cluster)).toEqual(["east", "west", "north"]);
    const addresses = worlds.flatMap(({ pods }) => pods.flatMap((p) => p.addresses));
    expect(new Set(addresses).size).toBe(6);
  });

  it("keeps addresses that two clusters have both", () => {
    const worlds = readMesh([group("east", [addressed("a", "10.0.0.1")]), group("west", [addressed("b", "10.0.0.1")])]);
    expect(worlds.map(({ world }) => world.pods[0]?.addresses)).toEqual([["10.0.0.1"], ["10.0.0.1"]]);
  });

  it("invents addresses that no cluster's policies name", () => {
    const rule = { action: "Deny", source: { nets: ["192.168.0.0/16"] } };
    const policy = {
      apiVersion: "projectcalico.org/v3",
      kind: "GlobalNetworkPolicy",
      metadata: { name: "default.x" },
      spec: { ingress: [rule] },
    };
    const [east] = readMesh([group("east", [pod("a")]), group("west", [policy])]);
    expect(east?.world.pods[0]?.addresses[0]).not.toMatch(/^192\.168\./);
  });
});
