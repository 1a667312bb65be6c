import { describe, expect, it } from "vitest";
import type { KubeObject } from "../store/types";
import { arrangeSlices, type Endpoint, type Slice } from "./arrange-slices";

const ports = [{ name: "http", protocol: "TCP", port: 80 }];
const endpoint = (uid: number, ready = true): Endpoint => ({
  endpoint: { conditions: { ready }, targetRef: { uid: `pod-${uid}` } },
  ports,
});
const pods = (count: number, from = 0) => Array.from({ length: count }, (_, index) => endpoint(from + index));

/** The objects that slices become. */
const stored = (slices: readonly Slice[]): readonly KubeObject[] =>
  slices.map(({ endpoints, ports: own }, index) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `s-${index}`, uid: `${index}`, resourceVersion: "1", creationTimestamp: "" },
    ports: own,
    endpoints,
  }));

const arrange = (endpoints: readonly Endpoint[], present: readonly KubeObject[] = []) =>
  arrangeSlices(endpoints, { present, noPorts: [{ name: "http", protocol: "TCP" }] });
const sizes = (slices: readonly Slice[]) => slices.map(({ endpoints }) => endpoints.length);
/** Names of the slices that have to be written. */
const changed = (slices: readonly Slice[]) =>
  slices
    .filter(({ present, endpoints }) => JSON.stringify(present?.["endpoints"]) !== JSON.stringify(endpoints))
    .map(({ present }) => present?.metadata.name ?? "new");

describe("the slices of a service", () => {
  it("hold at most 100 endpoints each", () => {
    expect(sizes(arrange(pods(250)))).toEqual([100, 100, 50]);
  });

  it.each([
    { name: "a pod that is not ready any more", next: [...pods(249), endpoint(249, false)], writes: ["s-2"] },
    { name: "a pod that went out of the first", next: pods(249, 1), writes: ["s-0"] },
    { name: "a pod that came", next: pods(251), writes: ["s-2"] },
    { name: "a pod in another's stead", next: [...pods(249, 1), endpoint(900)], writes: ["s-0"] },
    { name: "more than there is room for", next: pods(320), writes: ["s-2", "new"] },
    { name: "nothing", next: pods(250), writes: [] },
  ])("are rewritten one by one for $name", ({ next, writes }) => {
    expect(changed(arrange(next, stored(arrange(pods(250)))))).toEqual(writes);
  });

  it("are used again where ports change, and one stays for a service without pods", () => {
    const present = stored(arrange(pods(3)));
    const moved = pods(3).map((each) => ({ ...each, ports: [{ name: "http", protocol: "TCP", port: 81 }] }));
    expect(arrange(moved, present)).toMatchObject([{ present: present[0], ports: [{ port: 81 }] }]);
    expect(arrange([], present)).toEqual([
      { present: present[0], ports: [{ name: "http", protocol: "TCP" }], endpoints: [] },
    ]);
  });
});
