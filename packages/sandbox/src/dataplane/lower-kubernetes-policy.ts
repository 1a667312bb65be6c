import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import { isObject, objectOf, objectsOf, stringOf, stringsOf, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { groupBy } from "@isthmus/std";
import { readNets } from "./lower-entity";
import { IS_POD, lowerLabelSelector, lowerNamespaceLabels } from "./lower-label-selector";
import { readProtocol } from "./lower-rule";
import { PROTOCOL, type EntityMatch, type Policy, type PortMatch, type Rule } from "./model";
import { allOf, equals, NAMESPACE_LABEL } from "./selector";

const KUBERNETES_ORDER = 1000;
const ALL: SelectorNode = { kind: "all" };

/**
 * Lowers a Kubernetes NetworkPolicy (or its staged form) to a policy of tier `default`, as Calico's conversion does: one
 * rule for each protocol and peer, protocols in the order of their names. Throws NotProgrammable.
 */
export function lowerKubernetesPolicy(object: KubeObject): Policy | undefined {
  const spec = objectOf(object["spec"]);
  const staged = object.kind.startsWith("Staged");
  if (staged && spec["stagedAction"] === "Delete") return undefined;
  const namespace = object.metadata.namespace ?? "";
  const types = stringsOf(spec["policyTypes"]);
  const governsEgress = types.length > 0 ? types.includes("Egress") : objectsOf(spec["egress"]).length > 0;
  const governsIngress = types.length > 0 ? types.includes("Ingress") : true;
  const lower = (field: "ingress" | "egress"): readonly Rule[] =>
    objectsOf(spec[field]).flatMap((rule) => lowerKubernetesRule(rule, field, namespace));
  return {
    kind: "NetworkPolicy",
    staged,
    name: object.metadata.name,
    namespace,
    tier: "default",
    order: KUBERNETES_ORDER,
    table: "normal",
    applyOnForward: false,
    selector:
      allOf([IS_POD, lowerLabelSelector(objectOf(spec["podSelector"])), equals(NAMESPACE_LABEL, namespace)]) ?? ALL,
    ingress: governsIngress ? lower("ingress") : undefined,
    egress: governsEgress ? lower("egress") : undefined,
  };
}

function lowerKubernetesRule(rule: JsonObject, direction: "ingress" | "egress", namespace: string): readonly Rule[] {
  const peers = objectsOf(rule[direction === "ingress" ? "from" : "to"]).map((peer) => lowerPeer(peer, namespace));
  const entities: readonly EntityMatch[] = peers.length > 0 ? peers : [{}];
  return protocolPorts(objectsOf(rule["ports"])).flatMap(({ protocol, ports }) =>
    entities.map((match): Rule => {
      const portMatch = ports === undefined ? {} : { ports };
      return {
        action: "allow",
        ...(protocol !== undefined && { protocol }),
        source: direction === "ingress" ? match : {},
        destination: direction === "ingress" ? portMatch : { ...match, ...portMatch },
      };
    }),
  );
}

interface ProtocolPorts {
  readonly protocol: number | undefined;
  readonly ports: PortMatch | undefined;
}

/** Ports grouped by protocol; a port without a number opens its whole protocol. */
function protocolPorts(ports: readonly JsonObject[]): readonly ProtocolPorts[] {
  if (ports.length === 0) return [{ protocol: undefined, ports: undefined }];
  const byProtocol = groupBy(ports, (port) => stringOf(port["protocol"]).toUpperCase() || "TCP");
  return [...byProtocol]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, members]) => ({
      protocol: readProtocol(name) ?? PROTOCOL.tcp,
      ports: members.some((port) => port["port"] === undefined) ? undefined : portsOf(members),
    }));
}

function portsOf(members: readonly JsonObject[]): PortMatch {
  const numbers = members.flatMap(({ port, endPort }) =>
    typeof port === "number" ? [{ min: port, max: typeof endPort === "number" ? endPort : port }] : [],
  );
  return { ranges: numbers, names: members.map((member) => stringOf(member["port"])).filter((name) => name !== "") };
}

function lowerPeer(peer: JsonObject, namespace: string): EntityMatch {
  if (isObject(peer["ipBlock"])) return lowerIpBlock(peer["ipBlock"]);
  const pods = isObject(peer["podSelector"]) ? lowerLabelSelector(peer["podSelector"]) : undefined;
  const scope = isObject(peer["namespaceSelector"])
    ? lowerNamespaceLabels(peer["namespaceSelector"])
    : equals(NAMESPACE_LABEL, namespace);
  return { selector: allOf([scope, IS_POD, pods]) ?? ALL };
}

function lowerIpBlock(block: JsonObject): EntityMatch {
  const nets = readNets([stringOf(block["cidr"])]);
  const except = readNets(stringsOf(block["except"]));
  return { ...(nets && { nets }), ...(except && { notNets: except }) };
}
