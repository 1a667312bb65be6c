import { BlockList, isIP } from "node:net";

/** Shortest prefixes of ranges that are believed to be a cluster's pods': 10.0.0.0/8 may be one, the whole of IPv4 not. */
const WIDEST = { ipv4: 8, ipv6: 16 } as const;

/**
 * The first of some addresses that lies in a range of the cluster's pods, as the cluster told them both; null where none
 * does, or no range is known. Whoever may label a pod, or speaks for a cluster's agent, would else choose what agents of
 * other clusters dial: a node, a service, or what only they can reach.
 */
export function podAddressAmong(addresses: readonly string[], podCidrs: readonly string[]): string | null {
  const ranges = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of podCidrs) addRange(ranges, cidr);
  const found = addresses.find((address) => {
    const family = familyOf(address);
    return family !== undefined && ranges[family].check(address, family);
  });
  return found ?? null;
}

/** Apart: in one list a range of IPv6 that holds `::ffff:0:0/96` would hold every address of IPv4. */
type Ranges = Readonly<Record<keyof typeof WIDEST, BlockList>>;

function addRange(ranges: Ranges, cidr: string): void {
  const [base = "", prefix = ""] = cidr.split("/");
  const family = familyOf(base);
  const bits = /^\d{1,3}$/u.test(prefix) ? Number(prefix) : -1;
  if (family === undefined || bits < WIDEST[family] || bits > (family === "ipv4" ? 32 : 128)) return;
  ranges[family].addSubnet(base, bits, family);
}

const familyOf = (address: string): keyof Ranges | undefined =>
  ({ 0: undefined, 4: "ipv4" as const, 6: "ipv6" as const })[isIP(address)];
