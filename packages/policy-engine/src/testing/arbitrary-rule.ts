import fc from "fast-check";
import type { JsonObject } from "../json/json";

/** An object without what is undefined. */
export const defined = (record: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as JsonObject;

/** Absent `times` times as often as present. */
export const seldom = <T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Present `times` times as often as absent. */
export const mostly = <T>(arbitrary: fc.Arbitrary<T>, times: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times, arbitrary }, { weight: 1, arbitrary: fc.constant(undefined) });

const leaf = fc.constantFrom(
  "app == 'a'",
  "app == 'b'",
  "app != 'a'",
  "has(app)",
  "!has(extra)",
  "app in {'a', 'c'}",
  "app not in {'a', 'b'}",
  "app starts with 'a'",
  "app contains 'b'",
  "set == 'corp'",
  "all()",
  "!all()",
  "projectcalico.org/namespace == 'shop'",
  "projectcalico.org/serviceaccount == 'one'",
);

/** Selectors of every operator, nested two deep. */
export const selector: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} && ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} || ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `!(${a} && ${b})`) },
);

const NETS = [["10.0.0.0/8"], ["10.0.0.0/30"], ["10.0.0.1/32", "10.0.0.3/32"], ["fd00::/64"], ["fd00::2/127"]];

/** The end of a rule that the packet comes from or goes to. */
const far = fc
  .record({
    selector: seldom(selector, 1),
    notSelector: seldom(selector, 5),
    namespaceSelector: seldom(
      fc.constantFrom("team == 'web'", "!has(team)", "all()", "global()", "projectcalico.org/name == 'shop'"),
      5,
    ),
    serviceAccounts: seldom(
      fc.constantFrom<JsonObject>(
        { names: ["one"] },
        { selector: "role == 'x'" },
        { names: ["two"], selector: "!has(role)" },
      ),
      8,
    ),
    nets: seldom(fc.constantFrom(...NETS), 7),
    notNets: seldom(fc.constantFrom(...NETS), 7),
  })
  .map(defined);

const service = fc.constantFrom<JsonObject>(
  { services: { name: "web", namespace: "shop" } },
  { services: { name: "gone", namespace: "ops" } },
);

const domains = fc.constantFrom<JsonObject>({ domains: ["api.example.com"] }, { domains: ["nobody.example.org"] });

const near = fc.record({ selector: seldom(leaf, 7), nets: seldom(fc.constantFrom(...NETS), 12) }).map(defined);

interface Traffic {
  readonly header: JsonObject;
  readonly source?: JsonObject;
  readonly destination?: JsonObject;
}

const TRAFFIC: readonly Traffic[] = [
  { header: {} },
  { header: {} },
  { header: { protocol: "TCP" } },
  { header: { protocol: "TCP" }, destination: { ports: [80] } },
  { header: { protocol: "TCP" }, destination: { ports: ["1:100", 8080] } },
  { header: { protocol: "TCP" }, destination: { ports: ["web"] } },
  { header: { protocol: "UDP" }, destination: { ports: ["dns", 80] } },
  { header: { protocol: "TCP" }, destination: { notPorts: [80, "web"] } },
  { header: { protocol: "TCP" }, source: { ports: ["1000:2000"] } },
  { header: { protocol: "TCP" }, source: { notPorts: [1500] } },
  { header: { protocol: "UDP" } },
  { header: { protocol: "SCTP" }, destination: { ports: [80] } },
  { header: { notProtocol: "UDP" } },
  { header: { protocol: 47 } },
  { header: { protocol: "ICMP" } },
  { header: { protocol: "ICMP", icmp: { type: 8, code: 0 } } },
  { header: { protocol: "ICMP", icmp: { type: 3 } } },
  { header: { protocol: "ICMP", notICMP: { type: 8 } } },
  { header: { ipVersion: 4 } },
  { header: { ipVersion: 6 } },
  { header: { protocol: "TCP", http: { methods: ["GET"] } } },
  { header: { protocol: "TCP", somethingNew: 1 } },
];

interface RuleParts {
  readonly action: string;
  readonly far: JsonObject;
  readonly near: JsonObject;
  readonly traffic: Traffic;
}

const familyOf = (nets: unknown): 4 | 6 => (JSON.stringify(nets).includes(":") ? 6 : 4);

/** The end without ranges of another family than the rule's: Calico refuses both in one rule. */
const ofFamily = (end: JsonObject, family: 4 | 6): JsonObject =>
  Object.fromEntries(
    Object.entries(end).filter(([key, value]) => !/nets/i.test(key) || familyOf(value) === family),
  ) as JsonObject;

/** Whether Calico refuses the nets of the rule beside its IP version. */
const disagree = (version: unknown, ...ends: readonly JsonObject[]): boolean =>
  version !== undefined && ends.some((end) => "nets" in end || "notNets" in end);

function ruleOf({ action, far: drawn, near: close, traffic }: RuleParts, ingress: boolean): JsonObject {
  const family = familyOf(drawn);
  const [other, own] = [ofFamily(drawn, family), ofFamily(close, family)];
  const { http, ...header } = traffic.header;
  const { ipVersion, ...rest } = header;
  const [source, destination] = ingress ? [other, own] : [own, other];
  return {
    action,
    ...(disagree(ipVersion, other, own) ? rest : header),
    // Only a rule that allows on ingress may ask for HTTP.
    ...(http !== undefined && ingress && action === "Allow" && { http }),
    source: { ...source, ...traffic.source },
    destination: "services" in destination ? destination : { ...destination, ...traffic.destination },
  };
}

/** Rules of every construct, as manifests have them. */
export const calicoRule = (ingress: boolean): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      action: fc.constantFrom("Allow", "Allow", "Deny", "Deny", "Pass", "Pass", "Log"),
      far: fc.oneof(
        { weight: 12, arbitrary: far },
        { weight: 1, arbitrary: service },
        ...(ingress ? [] : [{ weight: 1, arbitrary: domains }]),
      ),
      near,
      traffic: fc.constantFrom(...TRAFFIC),
    })
    .map((parts) => ruleOf(parts, ingress));
