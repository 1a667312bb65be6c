import { describe, expect, it } from "vitest";
import { address, namespace, pod, policy, testCluster } from "../dataplane/testing/cluster";
import type { Observation } from "../goldmane/felix-flow";
import type { KubeObject } from "../store/types";
import { createNetwork, type Connection, type JudgedPacket, type Network, type NetworkCluster } from "./network";

interface Built {
  readonly network: Network;
  readonly clusters: readonly NetworkCluster[];
  readonly seen: Observation[];
  readonly judged: JudgedPacket[];
}

function build(...objects: readonly (readonly KubeObject[])[]): Built {
  const seen: Observation[] = [];
  const judged: JudgedPacket[] = [];
  const clusters = objects.map((held, index) => ({
    name: `c${index}`,
    dataplane: testCluster([namespace("shop"), ...held]).dataplane,
    observe: (observation: Observation) => void seen.push(observation),
  }));
  return { network: createNetwork(clusters, (packet) => judged.push(packet)), clusters, seen, judged };
}

function connection(near: NetworkCluster | undefined, from: string, to: string): Connection {
  if (near === undefined) throw new Error("no such cluster");
  const packet = {
    protocol: 6,
    source: address(from),
    sourcePort: 40_000,
    destination: address(to),
    destinationPort: 80,
  };
  return { near, origin: "pod", packet, service: undefined, seen: {} };
}

const deny = (name: string, types: readonly string[]): KubeObject => policy("GlobalNetworkPolicy", name, { types });
const judges = ({ judged }: Built): readonly string[] =>
  judged.map(({ cluster, direction, endpoint }) => `${cluster} ${direction} ${endpoint.name}`);

describe("the flat network", () => {
  it("lets each end's own cluster judge", () => {
    const built = build([pod("shop/a", "10.0.0.1")], [pod("shop/b", "10.1.0.1")]);
    expect(built.network.send(connection(built.clusters[0], "10.0.0.1", "10.1.0.1"))).toBe("delivered");
    expect(judges(built)).toEqual(["c0 egress a", "c1 ingress b"]);
  });

  it("never shows the destination what the source denied", () => {
    const built = build([pod("shop/a", "10.0.0.1"), deny("x", ["Egress"])], [pod("shop/b", "10.1.0.1")]);
    expect(built.network.send(connection(built.clusters[0], "10.0.0.1", "10.1.0.1"))).toBe("dropped");
    expect(judges(built)).toEqual(["c0 egress a"]);
  });

  it("counts one connection for packets of one verdict, and another when the verdict changes", () => {
    const objects = testCluster([namespace("shop"), pod("shop/b", "10.1.0.1")]);
    const seen: Observation[] = [];
    const near = {
      name: "c0",
      dataplane: objects.dataplane,
      observe: (observation: Observation) => void seen.push(observation),
    };
    const network = createNetwork([near]);
    const visit: Connection = { ...connection(near, "192.0.2.1", "10.1.0.1"), origin: "outside" };
    const denying = deny("x", ["Ingress"]);
    objects.objects.put(denying);
    expect([network.send(visit), network.send(visit)]).toEqual(["dropped", "dropped"]);
    objects.objects.remove(denying);
    expect(network.send(visit)).toBe("delivered");
    network.finish(visit, { requestBytes: 100, responseBytes: 3_000 });
    expect(seen.map(({ verdict, counters }) => [verdict.action, counters.started, counters.completed])).toEqual([
      ["deny", 1, 0],
      ["deny", 0, 0],
      ["allow", 1, 0],
      ["allow", 0, 1],
    ]);
    expect(seen.at(-1)).toMatchObject({
      reporter: "dst",
      counters: { packetsIn: 3, bytesIn: 256, packetsOut: 5, bytesOut: 3_260 },
    });
  });

  it("prefers the caller's own cluster where addresses overlap", () => {
    const built = build(
      [pod("shop/near", "10.0.0.1"), pod("shop/twin-0", "10.0.0.9")],
      [pod("shop/far", "10.0.0.2"), pod("shop/twin-1", "10.0.0.9")],
    );
    built.network.send(connection(built.clusters[1], "10.0.0.2", "10.0.0.9"));
    built.network.send(connection(built.clusters[0], "10.0.0.1", "10.0.0.9"));
    expect(judges(built)).toEqual(["c1 egress far", "c1 ingress twin-1", "c0 egress near", "c0 ingress twin-0"]);
  });

  it("drops what a pod sends that is gone", () => {
    const built = build([pod("shop/a", "10.0.0.1")]);
    expect(built.network.send(connection(built.clusters[0], "10.0.0.7", "10.0.0.1"))).toBe("dropped");
    expect(built.seen).toEqual([]);
  });
});
