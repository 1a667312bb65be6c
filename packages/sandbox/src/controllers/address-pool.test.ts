import { describe, expect, it } from "vitest";
import { AddressPool, rangeOf } from "./address-pool";

describe("the addresses of a range", () => {
  it("are given once, neither the network's nor the broadcast address, until they are released", () => {
    const pool = new AddressPool("10.0.0.0/29");
    const given = Array.from({ length: 7 }, () => pool.take());
    expect(given).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", undefined]);
    pool.release("10.0.0.3");
    expect([pool.take(), pool.take()]).toEqual(["10.0.0.3", undefined]);
  });

  it("come round again last after their release", () => {
    const pool = new AddressPool("10.0.0.0/29");
    const first = pool.take() ?? "";
    pool.release(first);
    expect(pool.take()).toBe("10.0.0.2");
  });

  it("are claimed only inside the range, and once", () => {
    const pool = new AddressPool("10.0.0.0/29");
    expect(pool.claim("10.0.0.4")).toBe(true);
    expect(pool.claim("10.0.0.4")).toBe(false);
    expect(pool.claim("10.0.0.0")).toBe(false);
    expect(pool.claim("10.0.1.1")).toBe(false);
    expect(pool.claim("nonsense")).toBe(false);
    expect(pool.take()).toBe("10.0.0.5");
  });

  it("refuses what is no range", () => {
    expect(() => rangeOf("10.0.0.0")).toThrow("not an IPv4 range");
    expect(() => rangeOf("10.0.0.0/33")).toThrow("not an IPv4 range");
  });
});
