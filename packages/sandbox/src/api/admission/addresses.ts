import { BlockList, isIP, isIPv4 } from "node:net";

/** Whether `text` is an address, or an address with a prefix length in range. */
export function isNet(text: string): boolean {
  const [address = "", length, ...rest] = text.split("/");
  if (rest.length > 0 || isIP(address) === 0) return false;
  if (length === undefined) return true;
  return /^\d{1,3}$/.test(length) && Number(length) <= (isIPv4(address) ? 32 : 128);
}

/** Whether `text` is a network with a prefix length. */
export function isCidr(text: string): boolean {
  return text.includes("/") && isNet(text);
}

/** A network as it is written. */
export interface Cidr {
  readonly address: string;
  readonly family: 4 | 6;
  readonly prefixLength: number;
  /** Whether the address has no bit beyond the prefix. */
  readonly masked: boolean;
}

/** Reads a network with a prefix length; `undefined` where it is none. */
export function parseCidr(text: string): Cidr | undefined {
  if (!isCidr(text)) return undefined;
  const [address = "", length = ""] = text.split("/");
  const family = isIPv4(address) ? 4 : 6;
  const prefixLength = Number(length);
  const free = BigInt((family === 4 ? 32 : 128) - prefixLength);
  return { address, family, prefixLength, masked: (addressBits(address) & ((1n << free) - 1n)) === 0n };
}

/** Whether one of two networks holds the address of the other. */
export function overlap(one: Cidr, other: Cidr): boolean {
  return one.family === other.family && (holds(one, other.address) || holds(other, one.address));
}

function holds({ address, family, prefixLength }: Cidr, other: string): boolean {
  const name = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(address, prefixLength, name);
  return list.check(other, name);
}

function addressBits(address: string): bigint {
  const v4 = /(?:\d+\.){3}\d+$/.exec(address)?.[0];
  if (v4 === undefined) return groupBits(address);
  const bits = v4.split(".").reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  const rest = address.slice(0, -v4.length);
  return rest === "" ? bits : groupBits(`${rest}0:0`) + bits;
}

function groupBits(address: string): bigint {
  const [before = "", after] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const [head, tail] = [groups(before), groups(after ?? "")];
  const all = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => "0"), ...tail];
  return all.reduce((sum, group) => (sum << 16n) + BigInt(`0x${group}`), 0n);
}
