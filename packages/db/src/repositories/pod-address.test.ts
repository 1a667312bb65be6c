import { describe, expect, it } from "vitest";
import { podAddressAmong } from "./pod-address";

describe("podAddressAmong", () => {
  const rows: readonly {
    readonly name: string;
    readonly addresses: readonly string[];
    readonly podCidrs: readonly string[];
    readonly found: string | null;
  }[] = [
    { name: "a pod's", addresses: ["10.2.0.9"], podCidrs: ["10.2.0.0/16"], found: "10.2.0.9" },
    {
      name: "the first that is a pod's",
      addresses: ["192.168.1.4", "10.2.0.9"],
      podCidrs: ["10.2.0.0/16"],
      found: "10.2.0.9",
    },
    { name: "a pod's of IPv6", addresses: ["fd00:2::9"], podCidrs: ["10.2.0.0/16", "fd00:2::/64"], found: "fd00:2::9" },
    { name: "none of a node's", addresses: ["192.168.1.4"], podCidrs: ["10.2.0.0/16"], found: null },
    { name: "none of a cloud's metadata", addresses: ["169.254.169.254"], podCidrs: ["10.2.0.0/16"], found: null },
    { name: "none where no range is known", addresses: ["10.2.0.9"], podCidrs: [], found: null },
    {
      name: "none by a range of everything",
      addresses: ["10.2.0.9"],
      podCidrs: ["0.0.0.0/0", "::/0", "::ffff:0:0/96"],
      found: null,
    },
    { name: "no name", addresses: ["db.internal", ""], podCidrs: ["10.2.0.0/16"], found: null },
    {
      name: "none by what is no range",
      addresses: ["10.2.0.9"],
      podCidrs: ["10.2.0.0", "x/8", "10.2.0.0/", "10.2.0.0/99"],
      found: null,
    },
  ];
  it.each(rows)("finds $name", ({ addresses, podCidrs, found }) => {
    expect(podAddressAmong(addresses, podCidrs)).toBe(found);
  });
});
