import fc from "fast-check";
import type { Fields } from "./cluster";
import { accountSelector, peerNamespaces, selector } from "./arbitrary-selector";

/** Without what is undefined, as JSON has it. */
export const defined = (record: Fields): Fields =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

/** Present once in `times`; shrinks to absent. */
export const seldom = <T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T | undefined> =>
  fc
    .tuple(fc.integer({ min: 1, max: times }), arbitrary)
    .map(([drawn, value]) => (drawn === times ? value : undefined));

/** Absent once in `times`; shrinks to absent. */
export const mostly = <T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: times });

const serviceAccounts = fc.oneof(
  fc.constantFrom<Fields>({ names: ["one"] }, { names: ["two", "one"] }),
  accountSelector.map((text): Fields => ({ selector: text })),
  accountSelector.map((text): Fields => ({ names: ["one"], selector: text })),
);

/** Of one IP version each: Calico refuses a rule that mixes them. */
const NETS = [
  ["10.0.0.0/8"],
  ["10.1.0.0/30"],
  ["10.2.0.0/16"],
  ["10.1.0.1/32", "10.2.0.1/32"],
  ["192.168.0.0/16", "10.1.0.2/31"],
  ["0.0.0.0/0"],
] as const;
const NOT_NETS = [["10.2.0.0/16"], ["10.1.0.1/32", "172.16.0.0/12"], ["192.168.0.0/16"], ["128.0.0.0/1"]] as const;

const nets = fc.oneof(
  { weight: 12, arbitrary: fc.record({ nets: fc.constantFrom(...NETS) }) },
  { weight: 8, arbitrary: fc.record({ notNets: fc.constantFrom(...NOT_NETS) }) },
  { weight: 3, arbitrary: fc.record({ nets: fc.constantFrom(...NETS), notNets: fc.constantFrom(...NOT_NETS) }) },
  { weight: 3, arbitrary: fc.constantFrom({ nets: ["fd00::/8"] }, { nets: ["fd00:1::/64", "2001:db8::8"] }) },
  { weight: 3, arbitrary: fc.constantFrom({ notNets: ["fd00:1::/32"] }, { notNets: ["2001:db8::/32"] }) },
);

/** What a service stands for excludes everything else at its end. */
const service = fc.constantFrom<Fields>(
  { services: { name: "front", namespace: "shop" } },
  { services: { name: "names", namespace: "ops" } },
);

const chosen = fc
  .record({
    selector: mostly(selector, 3),
    notSelector: seldom(selector, 5),
    namespaceSelector: seldom(peerNamespaces, 5),
    serviceAccounts: seldom(serviceAccounts, 7),
    nets: seldom(nets, 4),
  })
  .map(({ nets: addresses, ...rest }) => defined({ ...rest, ...addresses }));

const far = fc.oneof({ weight: 12, arbitrary: chosen }, { weight: 1, arbitrary: service });

const near = fc.record({ selector: seldom(selector, 7), nets: seldom(fc.constantFrom(...NETS), 12) }).map(defined);

/** What a rule says about protocol and ports. */
interface Traffic {
  readonly header?: Fields;
  readonly from?: Fields;
  readonly to?: Fields;
}

const tcp = { protocol: "TCP" } as const;

const TRAFFIC: readonly Traffic[] = [
  { header: tcp },
  { header: { protocol: 6 } },
  { header: { protocol: "UDP" } },
  { header: { protocol: "UDPLite" } },
  { header: { protocol: "SCTP" } },
  { header: { protocol: 132 } },
  { header: { protocol: 47 } },
  { header: { notProtocol: "SCTP" } },
  { header: { notProtocol: 136 } },
  { header: { protocol: "ICMPv6" } },
  { header: { protocol: "ICMPv6", icmp: { type: 128 } } },
  { header: { protocol: "ICMPv6", notICMP: { type: 128 } } },
  { header: { protocol: "ICMP" } },
  { header: { protocol: "ICMP", icmp: { type: 8 } } },
  { header: { protocol: "ICMP", icmp: { type: 8, code: 1 } } },
  { header: { protocol: "ICMP", notICMP: { type: 8, code: 0 } } },
  { header: { notProtocol: "UDP" } },
  { header: { notProtocol: 6 } },
  { header: { ipVersion: 4 } },
  { header: { ipVersion: 6 } },
  { header: tcp, to: { ports: [80] } },
  { header: tcp, to: { ports: ["79:81"] } },
  { header: tcp, to: { ports: [443, "81:90"] } },
  { header: tcp, to: { notPorts: [80] } },
  { header: tcp, to: { notPorts: ["81:8080"] } },
  { header: tcp, to: { ports: ["web"] } },
  { header: tcp, to: { ports: ["web", 81] } },
  { header: tcp, to: { notPorts: ["web"] } },
  { header: tcp, to: { notPorts: ["web", 81] } },
  { header: tcp, to: { ports: ["dns"] } },
  { header: { protocol: "UDP" }, to: { ports: ["dns"] } },
  { header: { protocol: "UDP" }, to: { ports: [53] } },
  { header: { protocol: "UDP" }, to: { notPorts: ["dns"] } },
  { header: { protocol: "SCTP" }, to: { ports: ["web"] } },
  { header: { protocol: "SCTP" }, to: { ports: [80] } },
  { to: { ports: ["web"] } },
  { to: { ports: ["dns"] } },
  { to: { notPorts: ["web"] } },
  { to: { notPorts: ["dns"] } },
  { header: tcp, from: { ports: [40_000] } },
  { header: tcp, from: { notPorts: ["30000:40000"] } },
  { header: tcp, from: { ports: ["web"] } },
  { header: tcp, from: { ports: [80] }, to: { ports: [81] } },
];

/** Drawn once more: few packets meet them. */
const SELDOM_MET: readonly Traffic[] = [
  { header: { protocol: "ICMP", icmp: { type: 8 } } },
  { header: { protocol: "ICMP", icmp: { type: 8, code: 1 } } },
  { header: { protocol: "ICMP", notICMP: { type: 8, code: 0 } } },
  { header: { protocol: "ICMP", notICMP: { type: 128 } } },
  { header: { protocol: "ICMPv6", notICMP: { type: 8, code: 1 } } },
  { header: tcp, from: { ports: [40_000, "80:90"] } },
  { header: { protocol: 17 }, from: { ports: [53] } },
  { header: tcp, to: { ports: ["web", "dns"] } },
  { header: { protocol: "SCTP" }, to: { ports: ["web"] } },
  { to: { ports: ["web"] } },
];

const traffic = fc.oneof(
  { withCrossShrink: true },
  { weight: 3, arbitrary: fc.constant<Traffic>({}) },
  { weight: 3, arbitrary: fc.constantFrom(...TRAFFIC) },
  { weight: 1, arbitrary: fc.constantFrom(...SELDOM_MET) },
);

const ACTIONS = ["Allow", "Allow", "Deny", "Deny", "Pass", "Log"] as const;

const ofVersion = (end: Fields): 4 | 6 | undefined => {
  const text = JSON.stringify([end["nets"], end["notNets"]]);
  return text.includes(":") ? 6 : text.includes("/") ? 4 : undefined;
};

interface Parts {
  readonly action: string;
  readonly far: Fields;
  readonly near: Fields;
  readonly traffic: Traffic;
}

/** Leaves out what Calico's validation forbids beside the rest. */
function ruleOf(parts: Parts, direction: "ingress" | "egress"): Fields {
  const { header = {}, from, to } = parts.traffic;
  const farVersion = ofVersion(parts.far);
  const version = farVersion ?? ofVersion(parts.near);
  const nearEnd = farVersion === 6 ? defined({ ...parts.near, nets: undefined }) : parts.near;
  const { ipVersion, ...plain } = header;
  const [source, destination] = direction === "ingress" ? [parts.far, nearEnd] : [nearEnd, parts.far];
  return defined({
    action: parts.action,
    ...plain,
    ipVersion: version === undefined || version === ipVersion ? ipVersion : undefined,
    source: { ...source, ...from },
    destination: "services" in destination ? destination : { ...destination, ...to },
  });
}

/** A rule of a Calico policy. */
export const calicoRule = (direction: "ingress" | "egress"): fc.Arbitrary<Fields> =>
  fc.record({ action: fc.constantFrom(...ACTIONS), far, near, traffic }).map((parts) => ruleOf(parts, direction));
