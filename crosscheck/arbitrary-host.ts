import fc from "fast-check";
import { calicoRule, defined, mostly, seldom } from "./arbitrary-rule";
import type { Cluster, FailsafePort, Fields, Manifest } from "./cluster";

const calico = (kind: string, name: string, more: Fields): Manifest => ({
  apiVersion: "projectcalico.org/v3",
  kind,
  metadata: { name },
  ...more,
});

const rules = (direction: "ingress" | "egress") => fc.array(calicoRule(direction), { maxLength: 2, size: "max" });

const profile = (name: string): fc.Arbitrary<Manifest> =>
  fc
    .record({
      labelsToApply: seldom(fc.constantFrom<Fields>({ app: "b", zone: "edge" }, { extra: "1" }), 2),
      ingress: rules("ingress"),
      egress: rules("egress"),
    })
    .map((spec) => calico("Profile", name, { spec: defined(spec) }));

const PROFILES = ["edge", "core", "projectcalico-default-allow", "gone"] as const;

const host = (name: string, expectedIPs: readonly string[]): fc.Arbitrary<Manifest> =>
  fc
    .record({
      labels: fc.constantFrom<Readonly<Record<string, string>>>({ app: "a" }, { app: "c", extra: "1" }, {}),
      interfaceName: mostly(fc.constantFrom("eth0", "*"), 3),
      profiles: fc.shuffledSubarray([...PROFILES], { maxLength: 2 }),
      ports: seldom(fc.constant([{ name: "web", protocol: "TCP", port: 80 }]), 2),
    })
    .map(({ labels, ...spec }) => ({
      ...calico("HostEndpoint", name, { spec: { node: "node-1", expectedIPs, ...defined(spec) } }),
      metadata: { name, labels },
    }));

/** Two host endpoints or fewer, and the profiles that they may have. */
export const hostManifests: fc.Arbitrary<readonly Manifest[]> = fc
  .tuple(
    seldom(host("one", ["10.9.0.1", "fd00:9::1"]), 2),
    seldom(host("two", ["10.9.0.2"]), 3),
    mostly(profile("edge"), 5),
    mostly(profile("core"), 5),
  )
  .map((drawn) => drawn.filter((one) => one !== undefined));

const failsafe = fc.constantFrom<FailsafePort>(
  { protocol: "TCP", port: 80 },
  { protocol: "UDP", port: 53, net: "10.2.0.0/16" },
  { protocol: "TCP", port: 22, net: "fd00::/8" },
);
const failsafePorts = fc.uniqueArray(failsafe, { maxLength: 2 });

/** Mostly Felix's own. */
export const failsafes: fc.Arbitrary<Pick<Cluster, "failsafes">> = seldom(
  fc.record({ inbound: failsafePorts, outbound: failsafePorts }),
  4,
).map((ports) => (ports === undefined ? {} : { failsafes: ports }));

/** Which packets of a host endpoint a global policy judges; untracked and pre-DNAT ones apply on forward, too. */
export const passage: fc.Arbitrary<Fields> = fc.oneof(
  { withCrossShrink: true },
  { weight: 4, arbitrary: fc.constant<Fields>({}) },
  { weight: 2, arbitrary: fc.constant<Fields>({ applyOnForward: true }) },
  { weight: 1, arbitrary: fc.constant<Fields>({ applyOnForward: true, doNotTrack: true }) },
  { weight: 1, arbitrary: fc.constant<Fields>({ applyOnForward: true, preDNAT: true }) },
);
