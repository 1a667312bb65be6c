/** An address range as first and last address of one family. */
interface AddressRange {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly last: bigint;
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): string[] => (half ? half.split(":") : []);
  const head = groups(halves[0]);
  const tail = groups(halves[1]);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array<string>(Math.max(0, missing)).fill("0"), ...tail];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return all.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function parseRange(cidr: string): AddressRange | undefined {
  const [address = "", prefixText] = cidr.split("/");
  const bits = address.includes(":") ? 128 : 32;
  const base = bits === 128 ? parseIpv6(address) : parseIpv4(address);
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (base === undefined || !Number.isInteger(prefix) || prefix < 0 || prefix > bits) return undefined;
  const size = 1n << BigInt(bits - prefix);
  const first = (base / size) * size;
  return { bits, first, last: first + size - 1n };
}

/** Whether two CIDRs share an address; text that is no CIDR overlaps nothing. */
export function cidrsOverlap(left: string, right: string): boolean {
  const a = parseRange(left);
  const b = parseRange(right);
  return a !== undefined && b !== undefined && a.bits === b.bits && a.first <= b.last && b.first <= a.last;
}

/** One pair of clusters whose pods may share an address, which bars federation between them (decision 7). */
export interface PodRangeOverlap {
  readonly otherId: string;
  readonly otherName: string;
  readonly range: string;
  readonly otherRange: string;
}

interface ClusterRanges {
  readonly id: string;
  readonly name: string;
  readonly podCidrs: readonly string[];
}

/** The first overlapping range of `cluster` with each of the `others`. */
export function podRangeOverlaps(cluster: ClusterRanges, others: readonly ClusterRanges[]): PodRangeOverlap[] {
  return others.flatMap((other) => {
    if (other.id === cluster.id) return [];
    for (const range of cluster.podCidrs) {
      const otherRange = other.podCidrs.find((candidate) => cidrsOverlap(range, candidate));
      if (otherRange !== undefined) return [{ otherId: other.id, otherName: other.name, range, otherRange }];
    }
    return [];
  });
}
