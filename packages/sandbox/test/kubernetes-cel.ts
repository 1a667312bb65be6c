import { BlockList, isIP, isIPv4 } from "node:net";
import { Environment } from "@marcbachmann/cel-js";
import { isObject } from "../src/json";

/** An address in a rule. */
class Address {
  constructor(readonly text: string) {}
}

/** A network in a rule. */
class Network {
  constructor(readonly text: string) {}

  get address(): string {
    return this.text.split("/")[0] ?? "";
  }

  get length(): number {
    return Number(this.text.split("/")[1]);
  }

  holds(address: string): boolean {
    if (isIP(address) !== isIP(this.address)) return false;
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    const list = new BlockList();
    list.addSubnet(this.address, this.length, family);
    return list.check(address, family);
  }

  /** Itself where no bit is beyond the prefix, and another otherwise. */
  masked(): Network {
    return bitsOf(this.address).slice(this.length).includes("1") ? new Network(`masked ${this.text}`) : this;
  }
}

/** The bits of an address as text. */
function bitsOf(address: string): string {
  const bits = (number: number, width: number) => number.toString(2).padStart(width, "0");
  if (isIPv4(address))
    return address
      .split(".")
      .map((part) => bits(Number(part), 8))
      .join("");
  const [before = "", after = ""] = address.split("::");
  const [head, tail] = [before, after].map((text) => text.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - (head?.length ?? 0) - (tail?.length ?? 0) }, () => "0");
  return [...(head ?? []), ...zeros, ...(tail ?? [])].map((group) => bits(Number.parseInt(group, 16), 16)).join("");
}

const isNetwork = (text: string): boolean => /^[^/]+\/\d+$/.test(text) && isIP(text.split("/")[0] ?? "") !== 0;
const fits = (text: string): boolean => isNetwork(text) && new Network(text).length <= (text.includes(":") ? 128 : 32);

/** CEL with the functions that Kubernetes adds and the published rules call. */
const environment = new Environment({ unlistedVariablesAreDyn: true })
  .registerType("net.IP", Address)
  .registerType("net.CIDR", Network)
  .registerFunction("isIP(string): bool", (text: string) => isIP(text) !== 0)
  .registerFunction("isCIDR(string): bool", fits)
  .registerFunction("ip(string): net.IP", (text: string) => new Address(text))
  .registerFunction("cidr(string): net.CIDR", (text: string) => new Network(text))
  .registerFunction("net.IP.family(): int", ({ text }: Address) => BigInt(isIP(text)))
  .registerFunction("net.CIDR.ip(): net.IP", ({ address }: Network) => new Address(address))
  .registerFunction("net.CIDR.masked(): net.CIDR", (network: Network) => network.masked())
  .registerFunction("net.CIDR.prefixLength(): int", ({ length }: Network) => BigInt(length))
  .registerFunction("net.CIDR.containsIP(net.IP): bool", (network: Network, { text }: Address) => network.holds(text))
  .registerFunction("net.CIDR.containsIP(string): bool", (network: Network, text: string) => network.holds(text))
  .registerOperator("net.CIDR == net.CIDR", (one: Network, other: Network) => one.text === other.text);

/** Whether a rule in CEL holds for a value, by a library that knows nothing of our own rules. */
export function holdsInCel(expression: string, self: unknown, oldSelf?: unknown): boolean {
  const variables = { self: celValue(self), ...(oldSelf === undefined ? {} : { oldSelf: celValue(oldSelf) }) };
  return environment.evaluate(expression, variables) === true;
}

function celValue(value: unknown): unknown {
  if (Number.isInteger(value)) return BigInt(value as number);
  if (Array.isArray(value)) return value.map(celValue);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, celValue(item)]));
}
