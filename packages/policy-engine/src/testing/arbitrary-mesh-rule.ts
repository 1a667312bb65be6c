import fc from "fast-check";
import type { JsonObject } from "../json/json";
import { defined, maybe, mostly } from "./arbitrary-record";

/** The namespaces that clusters of random meshes may have. */
export const NAMESPACES = ["shop", "ops"] as const;

/** One question about labels. */
export const leaf = fc.constantFrom(
  "app == 'a'",
  "app == 'b'",
  "app != 'a'",
  "has(app)",
  "has(extra)",
  "!has(extra)",
  "app in {'a', 'c'}",
  "app not in {'a', 'b'}",
  "app starts with 'a'",
  "set == 'corp'",
  "all()",
  "!all()",
  "projectcalico.org/namespace == 'shop'",
  "projectcalico.org/serviceaccount == 'one'",
);

const selector = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} && ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} || ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `!(${a} && ${b})`) },
);

const namespaceSelector = fc.constantFrom(
  "team == 'web'",
  "team != 'web'",
  "has(team)",
  "!has(team)",
  "all()",
  "global()",
  "projectcalico.org/name == 'shop'",
  "projectcalico.org/name not in {'ops'}",
);

const serviceAccounts = fc.constantFrom<JsonObject>(
  { names: ["one"] },
  { selector: "role == 'x'" },
  { selector: "!has(role)" },
  { names: ["two"], selector: "has(role)" },
);

const nets = fc.constantFrom(
  ["10.0.0.0/8"],
  ["10.2.0.0/16"],
  ["10.1.0.1/32", "10.2.0.1/32"],
  ["192.168.0.0/16"],
  ["fd00::/16"],
);

const services = fc.constantFrom<JsonObject>(
  { services: { name: "near", namespace: "shop" } },
  { services: { name: "far", namespace: "shop" } },
);

const bySelectors = fc
  .record({
    selector: mostly(selector, 2),
    notSelector: maybe(selector, 2),
    namespaceSelector: maybe(namespaceSelector, 4),
    serviceAccounts: maybe(serviceAccounts, 6),
    nets: maybe(nets, 6),
    notNets: maybe(nets, 8),
  })
  .map(defined);

/** The end of a rule that may be in another cluster. */
const farEntity = fc.oneof({ weight: 12, arbitrary: bySelectors }, { weight: 1, arbitrary: services });

const nearEntity = fc.record({ selector: maybe(leaf, 3) }).map(defined);

/** Protocol and IP version, and ports of the destination. */
const traffic = fc.constantFrom<JsonObject>(
  {},
  {},
  { protocol: "TCP" },
  { protocol: "TCP", ports: [80] },
  { protocol: "TCP", ports: ["web"] },
  { protocol: "TCP", ports: ["web", 81, "dns"] },
  { ports: ["web"] },
  { protocol: "UDP", ports: ["dns"] },
  { protocol: "TCP", notPorts: [80] },
  { protocol: "TCP", notPorts: ["web"] },
  { protocol: "UDP" },
  { notProtocol: "UDP" },
  { ipVersion: 4 },
  { ipVersion: 6 },
);

interface RuleParts {
  readonly action: string;
  readonly far: JsonObject;
  readonly near: JsonObject;
  readonly traffic: JsonObject;
}

const isIpv6 = (list: unknown): boolean | undefined =>
  Array.isArray(list) && typeof list[0] === "string" ? list[0].includes(":") : undefined;

/** Leaves out what would make the rule invalid: ranges of two IP versions, ports beside services. */
function compatible({ far, traffic: { ipVersion, ...header } }: RuleParts): { far: JsonObject; header: JsonObject } {
  const versions = [isIpv6(far["nets"]), isIpv6(far["notNets"]), ipVersion === undefined ? undefined : ipVersion === 6];
  const mixed = new Set(versions.filter((v) => v !== undefined)).size > 1;
  const { notNets: _, ...rest } = far;
  const { ports: __, notPorts: ___, ...portless } = header;
  return {
    far: mixed ? rest : far,
    header: "services" in far ? portless : { ...header, ...(!mixed && defined({ ipVersion })) },
  };
}

function ruleOf(parts: RuleParts, ingress: boolean): JsonObject {
  const { far, header } = compatible(parts);
  const { ports, notPorts, ...rest } = header;
  const offered = defined({ ports, notPorts });
  const [source, destination] = ingress ? [far, { ...parts.near, ...offered }] : [parts.near, { ...far, ...offered }];
  return { action: parts.action, ...rest, source, destination };
}

/** A rule for packets that come in or go out. */
export const meshRule = (ingress: boolean): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      action: fc.constantFrom("Allow", "Allow", "Deny", "Deny", "Pass", "Log"),
      far: farEntity,
      near: nearEntity,
      traffic,
    })
    .map((parts) => ruleOf(parts, ingress));
