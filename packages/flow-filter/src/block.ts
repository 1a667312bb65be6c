/** An address as its bytes: 4 of them, or 16. */
type Bytes = readonly number[];

/** The bytes of an address in either notation; undefined for anything else, zones included. */
function addressBytes(text: string): Bytes | undefined {
  return text.includes(":") ? bytesOfV6(text) : bytesOfV4(text);
}

function bytesOfV4(text: string): Bytes | undefined {
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.|$)){4}$/.test(text) || text.endsWith(".")) return undefined;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** RFC 4291, 2.2: groups of 16 bits, one run of zeros as `::`, the last 32 bits also as of IPv4. */
function bytesOfV6(text: string): Bytes | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
}

function groupsOf(half: string, isLast: boolean): Bytes | undefined {
  if (half === "") return [];
  const bytes: number[] = [];
  const groups = half.split(":");
  for (const [index, group] of groups.entries()) {
    if (isLast && index === groups.length - 1 && group.includes(".")) {
      const last = bytesOfV4(group);
      if (last === undefined) return undefined;
      bytes.push(...last);
    } else if (/^[\da-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    } else return undefined;
  }
  return bytes;
}

/** A block of addresses in its one form: no bits beyond the prefix, IPv6 as RFC 5952 writes it; undefined for no block. */
export function canonicalBlock(text: string): string | undefined {
  const [address = "", length] = text.split("/", 2);
  const bytes = addressBytes(address);
  if (bytes === undefined || text.split("/").length > 2) return undefined;
  const bits = bytes.length * 8;
  if (length !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  const prefix = length === undefined ? bits : Number(length);
  return prefix > bits ? undefined : `${printAddress(masked(bytes, prefix))}/${prefix}`;
}

/** Whether a canonical block is of one address. */
export const isOneAddress = (block: string): boolean => block.endsWith(block.includes(":") ? "/128" : "/32");

/** Whether an address lies in a canonical block; undefined where the text is no address. */
export function blockContains(block: string, address: string): boolean | undefined {
  const bytes = addressBytes(address);
  if (bytes === undefined) return undefined;
  const [first = "", prefix = ""] = block.split("/");
  return first.includes(":") === (bytes.length === 16) && printAddress(masked(bytes, Number(prefix))) === first;
}

const masked = (bytes: Bytes, prefix: number): Bytes =>
  bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - index * 8))) & 255);

function printAddress(bytes: Bytes): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const zeros = longestZeros(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  return zeros === undefined
    ? text(groups)
    : `${text(groups.slice(0, zeros.at))}::${text(groups.slice(zeros.at + zeros.length))}`;
}

/** RFC 5952, 4.2: the first of the longest runs of at least two zeros is shortened. */
function longestZeros(groups: readonly number[]): { readonly at: number; readonly length: number } | undefined {
  let best: { at: number; length: number } | undefined;
  for (let at = 0; at < groups.length; at++) {
    let length = 0;
    while (at + length < groups.length && groups[at + length] === 0) length++;
    if (length >= 2 && length > (best?.length ?? 0)) best = { at, length };
  }
  return best;
}
