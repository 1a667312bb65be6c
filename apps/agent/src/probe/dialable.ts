import { BlockList, isIP } from "node:net";

// Two lists: one of both would take a range of IPv6 that holds the written-over addresses of IPv4 for all of IPv4.
const never = { ipv4: new BlockList(), ipv6: new BlockList() };
// Of IPv4: this host, loopback, link-local (with it the metadata of clouds), multicast, and what is reserved.
never.ipv4.addSubnet("0.0.0.0", 8, "ipv4");
never.ipv4.addSubnet("127.0.0.0", 8, "ipv4");
never.ipv4.addSubnet("169.254.0.0", 16, "ipv4");
never.ipv4.addSubnet("224.0.0.0", 3, "ipv4");
// Of IPv6 alike, and addresses of IPv4 that are written as ones of IPv6.
never.ipv6.addSubnet("::", 96, "ipv6");
never.ipv6.addSubnet("::ffff:0:0", 96, "ipv6");
never.ipv6.addSubnet("64:ff9b::", 96, "ipv6");
never.ipv6.addSubnet("fe80::", 10, "ipv6");
never.ipv6.addSubnet("ff00::", 8, "ipv6");
// Amazon's metadata, which lies among private addresses.
never.ipv6.addAddress("fd00:ec2::254", "ipv6");

/** Whether an order's address may be a pod's of another cluster, whatever a gateway says: never a name, nor this host. */
export function isDialable(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return false;
  const named = family === 4 ? "ipv4" : "ipv6";
  return !never[named].check(address, named);
}
