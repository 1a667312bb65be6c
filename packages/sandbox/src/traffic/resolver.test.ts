import { describe, expect, it } from "vitest";
import { createNameCache, readName } from "./resolver";
import type { Endpoint } from "../dataplane/model";

const at = (address: number): Endpoint => ({
  kind: "workload",
  name: "p",
  namespace: "shop",
  node: "n",
  generateName: undefined,
  address,
  addresses: [address],
  ownLabels: new Map(),
  labels: new Map(),
  ports: [],
  profiles: [],
});

describe("names", () => {
  it.each([
    ["cart", { kind: "service", namespace: "shop", name: "cart" }],
    ["cart.other", { kind: "service", namespace: "other", name: "cart" }],
    ["cart.other.svc", { kind: "service", namespace: "other", name: "cart" }],
    ["cart.other.svc.cluster.local.", { kind: "service", namespace: "other", name: "cart" }],
    ["api.payments.example", { kind: "external", host: "api.payments.example" }],
  ])("%s", (host, expected) => expect(readName(host, at(1))).toEqual(expected));

  it("are remembered for half a minute, by pod", () => {
    const cache = createNameCache();
    cache.set(at(1), "cart", { address: 7, nowMs: 0 });
    expect(cache.get(at(1), "cart", 29_999)).toBe(7);
    expect(cache.get(at(1), "cart", 30_000)).toBeUndefined();
    expect(cache.get(at(2), "cart", 0)).toBeUndefined();
  });
});
