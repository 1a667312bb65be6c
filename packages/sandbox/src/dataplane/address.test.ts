import { describe, expect, it } from "vitest";
import { formatAddress, isPrivate, netContains, parseAddress, parseNet, versionOf, type Net } from "./address";
import { ipSetOf } from "./ip-set";
import { address } from "./testing/cluster";

function net(text: string): Net {
  const parsed = parseNet(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

describe("addresses", () => {
  it.each(["0.0.0.0", "10.1.2.3", "255.255.255.255"])("%s there and back", (text) => {
    expect(formatAddress(address(text))).toBe(text);
    expect(versionOf(address(text))).toBe(4);
  });
  it.each([
    ["::", "::"],
    ["::1", "::1"],
    ["fd00::", "fd00::"],
    ["fd00::1", "fd00::1"],
    ["FD00:0:0:1::1", "fd00:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"],
    ["0:0:1:0:0:0:1:1", "0:0:1::1:1"],
    ["10::10", "10::10"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is written %s", (text, written) => {
    expect(formatAddress(address(text))).toBe(written);
    expect(versionOf(address(text))).toBe(6);
  });
  it("of IPv4 in the form of IPv6 are of IPv4", () => expect(address("::ffff:10.0.0.1")).toBe(address("10.0.0.1")));
  it.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "a.b.c.d", "1.2.3.4/8"])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
  it.each([":", "1:2", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7::8", "::1.2.3", "::1/64"])(
    "%j is none of IPv6",
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );
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
    ["fd00::/8", "fdff::1", true],
    ["fd00::/8", "fe00::1", false],
    ["fd00::1/64", "fd00::2", true],
    ["fd00::1", "fd00::1", true],
    ["fd00::1/128", "fd00::2", false],
    ["::/0", "fd00::1", true],
    ["::/0", "10.0.0.1", false],
    ["0.0.0.0/0", "::1", false],
    ["8000::/1", "7fff::", false],
  ])("%s holds %s: %s", (text, member, expected) => {
    expect(netContains(net(text), address(member))).toBe(expected);
    expect(ipSetOf([net(text)]).has(address(member))).toBe(expected);
  });
  it.each(["10.0.0.0/33", "10.0.0/8", "10.0.0.0/8/8", "x", "fd00::/129", "fd00::/", "10.0.0.0/64"])(
    "%j is invalid",
    (text) => expect(parseNet(text)).toBeUndefined(),
  );
  it.each([
    ["10.0.0.1", true],
    ["172.31.255.255", true],
    ["172.32.0.0", false],
    ["192.168.9.9", true],
    ["198.51.100.1", false],
    ["fd00::1", false],
  ])("%s is private: %s", (text, expected) => expect(isPrivate(address(text))).toBe(expected));
});
