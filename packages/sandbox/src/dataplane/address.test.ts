import { describe, expect, it } from "vitest";
import { formatAddress, isPrivate, netContains, parseAddress, parseNet } from "./address";
import { ipSetOf } from "./ip-set";

const address = (text: string): number => parseAddress(text) ?? Number.NaN;

describe("addresses", () => {
  it.each(["0.0.0.0", "10.1.2.3", "255.255.255.255"])("%s there and back", (text) => {
    expect(formatAddress(address(text))).toBe(text);
  });
  it.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "a.b.c.d", "1.2.3.4/8"])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("nets", () => {
  it.each([
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.0", false],
    ["10.1.2.3/8", "10.9.9.9", true],
    ["0.0.0.0/0", "255.1.1.1", true],
    ["200.1.1.1", "200.1.1.1", true],
    ["200.1.1.1/32", "200.1.1.2", false],
    ["128.0.0.0/1", "127.255.255.255", false],
  ])("%s holds %s: %s", (net, member, expected) => {
    const parsed = parseNet(net);
    if (parsed.kind !== "ipv4") throw new Error(net);
    expect(netContains(parsed.net, address(member))).toBe(expected);
    expect(ipSetOf([parsed.net]).has(address(member))).toBe(expected);
  });
  it.each(["10.0.0.0/33", "10.0.0/8", "10.0.0.0/8/8", "x"])("%j is invalid", (text) => {
    expect(parseNet(text).kind).toBe("invalid");
  });
  it("knows IPv6 for what it is", () => expect(parseNet("fd00::/8").kind).toBe("ipv6"));
  it.each([
    ["10.0.0.1", true],
    ["172.31.255.255", true],
    ["172.32.0.0", false],
    ["192.168.9.9", true],
    ["198.51.100.1", false],
  ])("%s is private: %s", (text, expected) => expect(isPrivate(address(text))).toBe(expected));
});
