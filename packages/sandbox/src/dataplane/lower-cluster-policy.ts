import { isObject, numberOf, objectOf, objectsOf, stringOf, stringsOf, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { groupBy } from "@isthmus/std";
import { readNets } from "./lower-entity";
import { IS_POD, lowerLabelSelector, lowerNamespaceLabels } from "./lower-label-selector";
import { PROTOCOL, type EntityMatch, type Policy, type PortRange, type Rule, type RuleAction } from "./model";
import { allOf, NotProgrammable } from "./selector";

const TIERS: ReadonlyMap<string, string> = new Map([
  ["Admin", "kube-admin"],
  ["Baseline", "kube-baseline"],
]);

const ACTIONS: ReadonlyMap<string, RuleAction> = new Map([
  ["Accept", "allow"],
  ["Deny", "deny"],
  ["Pass", "pass"],
]);

const DENY_ALL: Rule = { action: "deny", source: {}, destination: {} };

/** Thrown where Calico cannot convert one rule; caught per rule. */
class NotConvertible extends Error {
  override readonly name = "NotConvertible";
}

/**
 * Lowers a ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2) to a global policy of its tier, as Calico 3.32
 * converts it (libcalico-go, K8sClusterNetworkPolicyToCalico): one rule for each protocol and peer, and a direction
 * governed only where it has rules. Throws NotProgrammable.
 */
export function lowerClusterPolicy(object: KubeObject): Policy {
  const spec = objectOf(object["spec"]);
  const tier = TIERS.get(stringOf(spec["tier"]));
  if (tier === undefined) throw new NotProgrammable(`tier ${JSON.stringify(spec["tier"])}`);
  const ingress = objectsOf(spec["ingress"]).flatMap((rule) => lowerOrFailClosed(rule, "ingress"));
  const egress = objectsOf(spec["egress"]).flatMap((rule) => lowerOrFailClosed(rule, "egress"));
  return {
    kind: "ClusterNetworkPolicy",
    staged: false,
    name: object.metadata.name,
    namespace: "",
    tier,
    order: numberOf(spec["priority"], 0),
    table: "normal",
    applyOnForward: false,
    selector: subjectSelector(objectOf(spec["subject"])),
    ingress: ingress.length > 0 ? ingress : undefined,
    egress: egress.length > 0 ? egress : undefined,
  };
}

function subjectSelector(subject: JsonObject): Policy["selector"] {
  if (isObject(subject["namespaces"])) return podsOf(lowerNamespaceLabels(subject["namespaces"]), undefined);
  const pods = objectOf(subject["pods"]);
  return podsOf(
    lowerNamespaceLabels(objectOf(pods["namespaceSelector"])),
    lowerLabelSelector(objectOf(pods["podSelector"])),
  );
}

function podsOf(namespaces: Policy["selector"], pods: Policy["selector"] | undefined): Policy["selector"] {
  return allOf([IS_POD, pods, namespaces]) ?? IS_POD;
}

/** What cannot be converted denies everything in place of a Deny or Pass, and is left out in place of an Accept. */
function lowerOrFailClosed(rule: JsonObject, direction: "ingress" | "egress"): readonly Rule[] {
  try {
    return lowerClusterRule(rule, direction);
  } catch (error) {
    if (!(error instanceof NotConvertible)) throw error;
    return rule["action"] === "Deny" || rule["action"] === "Pass" ? [DENY_ALL] : [];
  }
}

function lowerClusterRule(rule: JsonObject, direction: "ingress" | "egress"): readonly Rule[] {
  const action = ACTIONS.get(stringOf(rule["action"]));
  if (action === undefined) throw new NotConvertible(`action ${JSON.stringify(rule["action"])}`);
  const protocols = protocolPorts(objectsOf(rule["protocols"]));
  const peers = objectsOf(rule[direction === "ingress" ? "from" : "to"]).map((peer) => lowerPeer(peer, direction));
  return protocols.flatMap(({ protocol, ranges }) =>
    peers.map((match): Rule => {
      const ports = ranges === undefined ? {} : { ports: { ranges, names: [] } };
      return {
        action,
        ...(protocol !== undefined && { protocol }),
        source: direction === "ingress" ? match : {},
        destination: direction === "ingress" ? ports : { ...match, ...ports },
      };
    }),
  );
}

interface ProtocolPorts {
  readonly protocol: number | undefined;
  /** Undefined: every port. */
  readonly ranges: readonly PortRange[] | undefined;
}

/** Ports by protocol, those in the order of their names; one that is named without a port is open as a whole. */
function protocolPorts(protocols: readonly JsonObject[]): readonly ProtocolPorts[] {
  if (protocols.length === 0) return [{ protocol: undefined, ranges: undefined }];
  const read = protocols.map(readProtocolPort);
  if (read.includes("anything")) return [{ protocol: undefined, ranges: undefined }];
  const byName = groupBy(
    read.filter((one) => one !== "anything"),
    ({ name }) => name,
  );
  return [...byName]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, members]) => {
      const ranges = members.flatMap(({ range }) => range ?? []);
      return { protocol: PROTOCOL[name], ranges: ranges.length === members.length ? ranges : undefined };
    });
}

interface ProtocolPort {
  readonly name: "sctp" | "tcp" | "udp";
  readonly range: PortRange | undefined;
}

function readProtocolPort(protocol: JsonObject): ProtocolPort | "anything" {
  for (const name of ["tcp", "udp", "sctp"] as const) {
    const of = protocol[name];
    if (isObject(of)) return { name, range: readPort(of["destinationPort"]) };
  }
  if (stringOf(protocol["destinationNamedPort"]) !== "") throw new NotConvertible("a named port");
  return "anything";
}

function readPort(value: unknown): PortRange | undefined {
  const port = objectOf(value);
  if (typeof port["number"] === "number") return { min: port["number"], max: port["number"] };
  const { start, end } = objectOf(port["range"]);
  return typeof start === "number" && typeof end === "number" ? { min: start, max: end } : undefined;
}

/** Namespaces as a peer stand for whatever lives in them, network sets too; pods are pods. */
function lowerPeer(peer: JsonObject, direction: "ingress" | "egress"): EntityMatch {
  if (isObject(peer["pods"])) {
    const { podSelector, namespaceSelector } = peer["pods"];
    return {
      selector: podsOf(lowerNamespaceLabels(objectOf(namespaceSelector)), lowerLabelSelector(objectOf(podSelector))),
    };
  }
  if (isObject(peer["namespaces"])) return { selector: lowerNamespaceLabels(peer["namespaces"]) };
  const nets = direction === "egress" ? readNets(stringsOf(peer["networks"])) : undefined;
  if (nets === undefined) throw new NotConvertible("a peer of no known kind");
  return { nets };
}
