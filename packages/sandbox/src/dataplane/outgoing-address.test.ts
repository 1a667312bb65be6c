import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import { formatAddress } from "./address";
import type { Endpoint } from "./model";
import { createOutgoingAddresses } from "./outgoing-address";
import { address, object } from "./testing/cluster";

const pool = (name: string, cidr: string, spec: object = {}): KubeObject =>
  object(["projectcalico.org/v3", "IPPool"], { name }, { spec: { cidr, ...spec } });
const own = (spec: object = { natOutgoing: true }): KubeObject => pool("default", "10.1.0.0/16", spec);
const node = object(
  ["v1", "Node"],
  { name: "n1" },
  {
    status: {
      addresses: [
        { type: "Hostname", address: "n1" },
        { type: "InternalIP", address: "172.18.0.10" },
      ],
    },
  },
);

function leaves(pools: readonly KubeObject[], destination: string, from = "10.1.0.7"): string {
  const objects: Readonly<Record<string, readonly KubeObject[]>> = {
    "ippools.projectcalico.org": pools,
    nodes: [node],
  };
  const outgoing = createOutgoingAddresses({
    list: (resource) => [...(objects[resource] ?? [])],
    subscribe: () => () => undefined,
  });
  const endpoint = { address: address(from), node: "n1" } as Endpoint;
  return formatAddress(outgoing.leavesWith(endpoint, address(destination)));
}

describe("the address with which a packet leaves its node", () => {
  it.each([
    { name: "the node's, to what is in no pool", pools: [own()], to: "10.2.0.1", address: "172.18.0.10" },
    { name: "the pod's, inside its cluster", pools: [own()], to: "10.1.9.9", address: "10.1.0.7" },
    {
      name: "the pod's, to the range of a disabled pool",
      pools: [own(), pool("remote", "10.2.0.0/16", { disabled: true })],
      to: "10.2.0.1",
      address: "10.1.0.7",
    },
    { name: "the pod's, where its pool does not ask", pools: [own({})], to: "10.2.0.1", address: "10.1.0.7" },
    {
      name: "the pod's, where the pool that asks is of tunnels",
      pools: [own({ natOutgoing: true, allowedUses: ["Tunnel"] })],
      to: "10.2.0.1",
      address: "10.1.0.7",
    },
    {
      name: "the pod's, where another pool asks than the one that it is of",
      pools: [own({}), pool("other", "10.9.0.0/16", { natOutgoing: true })],
      to: "10.2.0.1",
      address: "10.1.0.7",
    },
  ])("is $name", ({ pools, to, address: expected }) => {
    expect(leaves(pools, to)).toBe(expected);
  });
});
