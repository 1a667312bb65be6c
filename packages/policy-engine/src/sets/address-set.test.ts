import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cidrContains, formatCidr, parseAddress, parseCidr, type Cidr, type IpAddress } from "../net/address";
import {
  addressesOfCidrs,
  ALL_ADDRESSES,
  cidrsOfAddresses,
  cidrsOfRange,
  formatAddresses,
  formatRange,
  hasAddress,
  intersectAddresses,
  noAddresses,
  NO_ADDRESSES,
  rangesOfAddresses,
  sameAddresses,
  subtractAddresses,
  uniteAddresses,
  witnessAddress,
  type AddressSet,
} from "./address-set";

const cidr = (text: string): Cidr => parseCidr(text)?.cidr ?? expect.fail(text);
const address = (text: string): IpAddress => parseAddress(text) ?? expect.fail(text);

/** Ranges inside 10.0.0.0/29 and fd00::/125, whose sixteen addresses are all asked. */
const SMALL = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 29, max: 32 })).map(([low, prefix]) => {
    const size = 2 ** (32 - prefix);
    return cidr(`10.0.0.${low - (low % size)}/${prefix}`);
  }),
  fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 125, max: 128 })).map(([low, prefix]) => {
    const size = 2 ** (128 - prefix);
    return cidr(`fd00::${low - (low % size)}/${prefix}`);
  }),
);

const ASKED = Array.from({ length: 8 }, (_, i) => [address(`10.0.0.${i}`), address(`fd00::${i}`)]).flat();

const some = fc.array(SMALL, { maxLength: 5 });
const holds = (cidrs: readonly Cidr[]) => (a: IpAddress) => cidrs.some((c) => cidrContains(c, a));

describe("sets of addresses", () => {
  it("hold what a plain model holds, address by address", () => {
    fc.assert(
      fc.property(some, some, (a, b) => {
        const [left, right] = [addressesOfCidrs(a), addressesOfCidrs(b)];
        const ask = (set: AddressSet) => ASKED.filter((x) => hasAddress(set, x));
        const [inA, inB] = [holds(a), holds(b)];
        expect(ask(uniteAddresses(left, right))).toEqual(ASKED.filter((x) => inA(x) || inB(x)));
        expect(ask(intersectAddresses(left, right))).toEqual(ASKED.filter((x) => inA(x) && inB(x)));
        expect(ask(subtractAddresses(left, right))).toEqual(ASKED.filter((x) => inA(x) && !inB(x)));
        expect(sameAddresses(left, right)).toBe(ASKED.every((x) => inA(x) === inB(x)));
        expect(noAddresses(left)).toBe(a.length === 0);
      }),
      { numRuns: 300 },
    );
  });

  it("are the same after a way through CIDR ranges, of which no two could be one", () => {
    fc.assert(
      fc.property(some, (cidrs) => {
        const set = addressesOfCidrs(cidrs);
        const fewest = cidrsOfAddresses(set);
        expect(addressesOfCidrs(fewest)).toEqual(set);
        expect(fewest.length).toBeLessThanOrEqual(new Set(cidrs.map(formatCidr)).size);
        const witness = witnessAddress(set);
        expect(witness ? hasAddress(set, witness) : noAddresses(set)).toBe(true);
      }),
    );
  });

  it.each([
    { name: "a CIDR range", from: "10.0.0.0", to: "10.255.255.255", cidrs: ["10.0.0.0/8"] },
    { name: "one address", from: "10.0.0.1", to: "10.0.0.1", cidrs: ["10.0.0.1/32"] },
    {
      name: "a crooked range",
      from: "10.0.0.1",
      to: "10.0.0.6",
      cidrs: ["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/31", "10.0.0.6/32"],
    },
    { name: "all of IPv4", from: "0.0.0.0", to: "255.255.255.255", cidrs: ["0.0.0.0/0"] },
    { name: "all of IPv6", from: "::", to: "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", cidrs: ["::/0"] },
  ])("turns $name into CIDR ranges", ({ from, to, cidrs }) => {
    const [low, high] = [address(from), address(to)];
    const range = { version: low.version, from: low.value, to: high.value };
    expect(cidrsOfRange(range).map(formatCidr)).toEqual(cidrs);
    expect(formatRange(range)).toBe(`${from}-${to}`);
  });

  it("leaves the rest", () => {
    const rest = subtractAddresses(ALL_ADDRESSES, addressesOfCidrs([cidr("0.0.0.0/1"), cidr("::/0")]));
    expect(formatAddresses(rest)).toBe("128.0.0.0/1");
    expect(rangesOfAddresses(rest).map(formatRange)).toEqual(["128.0.0.0-255.255.255.255"]);
    expect(formatAddresses(NO_ADDRESSES)).toBe("");
  });
});
