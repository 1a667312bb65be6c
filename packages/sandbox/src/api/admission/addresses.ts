import { isIP, isIPv4 } from "node:net";

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
