import { expect, it } from "vitest";
import { readRouting } from "./read-routing";

const facts = {
  id: "c",
  name: "c",
  network: "default",
  podCidrs: ["10.1.0.0/16"],
  serviceCidrs: ["10.96.0.0/12"],
  unread: [],
};
const calico = (kind: string, name: string, spec: object) => ({
  apiVersion: "projectcalico.org/v3",
  kind,
  metadata: { name },
  spec: { ...spec },
});

it("reads pools, nodes, BGP and its peers as the cluster's objects have them", () => {
  const read = readRouting(facts, [
    calico("IPPool", "p", { cidr: "10.1.0.0/16", natOutgoing: true, vxlanMode: "Always", allowedUses: ["Workload"] }),
    calico("BGPConfiguration", "node.n1", { logSeverityScreen: "Debug" }),
    calico("BGPConfiguration", "default", {
      asNumber: 65_001,
      nodeToNodeMeshEnabled: false,
      serviceClusterIPs: [{ cidr: "10.96.0.0/16" }],
    }),
    calico("BGPPeer", "v4", { peerIP: "192.0.2.1:1790", asNumber: 65_002, nodeSelector: "rack == 'a'" }),
    calico("BGPPeer", "v6", { peerIP: "[2001:db8::1]:1790" }),
    calico("BGPPeer", "bare", { peerIP: "2001:db8::2", nodeSelector: "all()" }),
    calico("BGPPeer", "inside", { peerSelector: "has(reflector)" }),
    calico("BGPPeer", "vm", { localWorkloadSelector: "vm == 'a'", asNumber: 65_010 }),
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: "n1",
        annotations: {
          "projectcalico.org/IPv4Address": "172.18.0.5/24",
          "projectcalico.org/ASNumber": "1.10",
          "projectcalico.org/RouteReflectorClusterID": "244.0.0.1",
        },
      },
      status: {
        addresses: [
          { type: "InternalIP", address: "172.18.0.5" },
          { type: "Hostname", address: "n1" },
        ],
      },
    },
    { apiVersion: "v1", kind: "Pod", metadata: { name: "x" } },
  ]);
  expect(read.pools).toEqual([
    {
      name: "p",
      cidr: "10.1.0.0/16",
      disabled: false,
      natOutgoing: true,
      ipipMode: "Never",
      vxlanMode: "Always",
      allowedUses: ["Workload"],
      disableBGPExport: false,
    },
  ]);
  expect(read.nodes).toEqual([{ name: "n1", addresses: ["172.18.0.5"], asNumber: 65_546, routeReflector: true }]);
  expect(read.serviceCidrs).toEqual(["10.96.0.0/12", "10.96.0.0/16"]);
  expect(read.bgp.asNumber).toBe(65_001);
  expect(read.bgp.nodeToNodeMesh).toBe(false);
  expect(read.bgp.peers.map(({ name, address, asNumber, everyNode }) => [name, address, asNumber, everyNode])).toEqual([
    ["v4", "192.0.2.1", 65_002, false],
    ["v6", "2001:db8::1", undefined, true],
    ["bare", "2001:db8::2", undefined, true],
    ["inside", "", undefined, true],
  ]);
  expect(read.missing).toEqual([]);
});

it("says which facts are missing, and takes Calico's defaults where nothing is configured", () => {
  const read = readRouting({ ...facts, podCidrs: [], serviceCidrs: [], unread: ["IPPool", "BGPPeer"] }, []);
  expect(read.missing).toEqual(["pod ranges", "service ranges", "IP pools", "BGP peers"]);
  expect(read.bgp).toEqual({ asNumber: 64_512, nodeToNodeMesh: true, serviceRanges: [], peers: [] });
});
