import type { Fields, Manifest } from "../cluster";
import { CLAUSES, type Clause } from "./clause";
import { endOf, type Seen } from "./seen";

const ends = ({ rule }: Seen): readonly Fields[] => [endOf(rule, "source"), endOf(rule, "destination")];
const says = (seen: Seen, field: string): boolean => ends(seen).some((end) => end[field] !== undefined);
const text = (value: unknown): string => JSON.stringify(value) ?? "";
const portsOf = (seen: Seen, field: "ports" | "notPorts"): string => text(ends(seen).map((end) => end[field]));
const ofKind = ({ last }: Seen, kind: string): boolean => last?.kind === kind && last.rule !== "end";
const decides = ({ last }: Seen): boolean => last?.policy !== undefined && last.rule !== "end";
const isName = (port: string): boolean => /"[a-z]/u.test(port);
const forwarded = ({ packet: { at } }: Seen): boolean => at.kind === "host" && at.traffic === "forwarded";

const enforcedIn = ({ cluster }: Seen, tier: string): readonly Manifest[] =>
  cluster.manifests.filter(
    ({ kind, spec }) => /^(?:Global)?NetworkPolicy$/u.test(kind) && (spec?.["tier"] ?? "default") === tier,
  );

const ordersIn = (seen: Seen): readonly unknown[] =>
  enforcedIn(seen, seen.last?.tier ?? "").map(({ spec }) => spec?.["order"]);

const tierOrder = ({ cluster }: Seen, name: string): number => {
  const order = cluster.manifests.find(({ kind, metadata }) => kind === "Tier" && metadata.name === name)?.spec?.[
    "order"
  ];
  return typeof order === "number" ? order : Number.POSITIVE_INFINITY;
};

const tiersAsked = ({ enforced }: Seen): readonly string[] =>
  enforced.map(({ tier }) => tier).filter((tier) => tier !== "profile");

/** A tier with policies, before the one that decided, that was not asked. */
function tierWasSkipped(seen: Seen): boolean {
  const asked = tiersAsked(seen);
  const last = asked.at(-1);
  return ["one", "two", "kube-admin"].some(
    (tier) =>
      !asked.includes(tier) &&
      enforcedIn(seen, tier).length > 0 &&
      last !== undefined &&
      tierOrder(seen, tier) < tierOrder(seen, last),
  );
}

const TIED = ["one", "two"] as const;

/** Two tiers of one order that both have policies, one of which decided. */
const tiersTie = (seen: Seen): boolean =>
  TIED.some((tier) => tier === seen.last?.tier) &&
  TIED.every((tier) => enforcedIn(seen, tier).length > 0) &&
  tierOrder(seen, TIED[0]) === tierOrder(seen, TIED[1]);

const loggedBefore = ({ policy, packet, last }: Seen): boolean => {
  const rules = policy?.spec?.[packet.direction];
  return (
    Array.isArray(rules) &&
    rules
      .slice(0, Number(last?.rule))
      .some((rule: Fields) => rule["action"] === "Log" && Object.keys(endOf(rule, "source")).length === 0)
  );
};

const profileLabels = ({ host, cluster }: Seen): boolean => {
  const names = host?.spec?.["profiles"];
  return (
    Array.isArray(names) &&
    cluster.manifests.some(
      ({ kind, metadata, spec }) =>
        kind === "Profile" && names.includes(metadata.name) && spec?.["labelsToApply"] !== undefined,
    )
  );
};

const isPod = ({ cluster, peer }: Seen): boolean => cluster.pods.some(({ addresses }) => addresses.includes(peer));
const isHost = ({ cluster, peer }: Seen): boolean =>
  cluster.manifests.some(
    ({ kind, spec }) => kind === "HostEndpoint" && text(spec?.["expectedIPs"]).includes(`"${peer}"`),
  );

/** When a clause had a say in a verdict, as far as the deciding step shows. */
const IN_PLAY: Readonly<Record<Clause, (seen: Seen) => boolean>> = {
  "tier order": (seen) => decides(seen) && tiersAsked(seen).length > 1,
  "tier ties": (seen) => decides(seen) && tiersTie(seen),
  "end of tier": ({ last }) => last?.rule === "end",
  "tier skipped": tierWasSkipped,
  "fixed tiers": (seen) => tiersAsked(seen).length > 1 && ["default", "kube-baseline"].includes(seen.last?.tier ?? ""),
  "policy order": (seen) => decides(seen) && new Set(ordersIn(seen)).size > 1,
  "policy ties": (seen) => decides(seen) && new Set(ordersIn(seen)).size < ordersIn(seen).length,
  "types defaults": ({ spec, last }) => last?.written !== undefined && spec["types"] === undefined,
  types: ({ spec, last }) => last?.written !== undefined && spec["types"] !== undefined,
  "Allow and Deny": (seen) => decides(seen),
  Pass: ({ enforced }) => enforced.some(({ action, rule }) => action === "Pass" && rule !== "end"),
  Log: (seen) => decides(seen) && loggedBefore(seen),
  "namespace profile": ({ last }) => last?.tier === "profile" && last.kind.startsWith("kns."),
  "service account profile": ({ spec, rule }) => /pcsa\./u.test(text([spec["selector"], rule])),
  selector: (seen) => says(seen, "selector"),
  notSelector: (seen) => says(seen, "notSelector"),
  "rule namespaceSelector": (seen) => says(seen, "namespaceSelector"),
  "global()": ({ rule }) => text(rule).includes("global()"),
  "policy namespaceSelector": (seen) => decides(seen) && seen.spec["namespaceSelector"] !== undefined,
  serviceAccountSelector: (seen) => decides(seen) && seen.spec["serviceAccountSelector"] !== undefined,
  "serviceAccounts in rules": (seen) => says(seen, "serviceAccounts"),
  "services in rules": (seen) => says(seen, "services"),
  "network sets": (seen) => says(seen, "selector") && !isPod(seen) && !isHost(seen),
  nets: (seen) => says(seen, "nets"),
  notNets: (seen) => says(seen, "notNets"),
  ports: (seen) => /\[\d|"\d/u.test(portsOf(seen, "ports")),
  "named ports": (seen) => isName(portsOf(seen, "ports")),
  notPorts: (seen) => says(seen, "notPorts"),
  "source ports": ({ rule }) => endOf(rule, "source")["ports"] !== undefined,
  "protocol by name": ({ rule }) => typeof rule["protocol"] === "string",
  "protocol by number": ({ rule }) => typeof rule["protocol"] === "number",
  notProtocol: ({ rule }) => rule["notProtocol"] !== undefined,
  ICMP: ({ rule }) => rule["icmp"] !== undefined,
  notICMP: ({ rule }) => rule["notICMP"] !== undefined,
  ipVersion: ({ rule }) => rule["ipVersion"] !== undefined,
  "both IP versions": (seen) => decides(seen) && seen.peer.includes(":"),
  "Kubernetes peers": (seen) =>
    ofKind(seen, "KubernetesNetworkPolicy") &&
    /"(?:podS|namespaceS)elector"/u.test(text(seen.spec["ingress"] ?? seen.spec["egress"])),
  "Kubernetes ports": (seen) => ofKind(seen, "KubernetesNetworkPolicy") && text(seen.spec).includes('"ports"'),
  ipBlock: (seen) => ofKind(seen, "KubernetesNetworkPolicy") && text(seen.spec).includes('"ipBlock"'),
  "staged policies": ({ pending }) => pending.at(-1)?.kind.startsWith("Staged") === true,
  stagedAction: ({ pending }) => /"stagedAction":"(?:Learn|Ignore)"/u.test(text(pending.at(-1)?.policy?.spec)),
  "pending end of tier": ({ pending, last }) =>
    pending.at(-1)?.rule === "end" && pending.at(-1)?.policy !== last?.policy,
  "ClusterNetworkPolicy tiers": (seen) => ofKind(seen, "ClusterNetworkPolicy"),
  "ClusterNetworkPolicy peers": (seen) =>
    ofKind(seen, "ClusterNetworkPolicy") && /"(?:pods|networks)"/u.test(text(seen.spec)),
  "ClusterNetworkPolicy protocols": (seen) =>
    ofKind(seen, "ClusterNetworkPolicy") && text(seen.spec).includes('"destinationPort"'),
  "ClusterNetworkPolicy fails closed": (seen) =>
    ofKind(seen, "ClusterNetworkPolicy") && text(seen.spec).includes('"destinationNamedPort"'),
  "host endpoint": (seen) => decides(seen) && seen.host !== undefined,
  "host endpoint as peer": (seen) => says(seen, "selector") && isHost(seen),
  "profiles of a host endpoint": ({ host, last }) =>
    host !== undefined && last?.tier === "profile" && Number(last.rule) >= 0,
  labelsToApply: (seen) => decides(seen) && profileLabels(seen),
  "failsafe ports": ({ host, last, packet: { at } }) =>
    host !== undefined && last === undefined && at.kind === "host" && at.traffic === "local",
  applyOnForward: (seen) => decides(seen) && forwarded(seen) && seen.spec["applyOnForward"] === true,
  preDNAT: (seen) => decides(seen) && seen.spec["preDNAT"] === true,
  doNotTrack: (seen) => decides(seen) && seen.spec["doNotTrack"] === true,
  "all interfaces": (seen) => decides(seen) && seen.host?.spec?.["interfaceName"] === "*",
};

/** The clauses that had a say in a verdict. */
export const clausesIn = (seen: Seen): readonly Clause[] => CLAUSES.filter((clause) => IN_PLAY[clause](seen));
