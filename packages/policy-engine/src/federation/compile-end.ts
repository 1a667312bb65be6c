import type { JsonObject, JsonValue } from "../json/json";
import { entityMatch } from "../model/effective-selector";
import { NAMESPACE_LABEL } from "../model/labels";
import type { EntityRule, Port } from "../model/policy";
import { PROTOCOL_NUMBERS, protocolHasPorts } from "../model/protocol";
import type { SelectorNode } from "../selector/ast";
import { compileSelector } from "../selector/evaluate";
import { printSelector } from "../selector/printer";
import { labelRestrictions } from "../selector/restrictions";
import { compareBytes } from "../text/order";
import { MANAGED_LABEL } from "./names";
import { peerOf, portPeerOf, type NamedPort, type Peer } from "./peer";

/** What of other clusters rules may speak of. */
export interface RemoteEndpoints {
  /** The numbers that selected endpoints give one of some names; undefined where ports of some are not reported. */
  readonly portNumbers: (selector: SelectorNode, named: Omit<NamedPort, "number">) => readonly number[] | undefined;
}

/** An end of a rule, as JSON and as read, in its surroundings. */
export interface EndToCompile {
  readonly json: JsonObject;
  readonly entity: EntityRule;
  /** Namespace of the policy; empty for a global one. */
  readonly namespace: string;
  /** Protocol of the rule. */
  readonly protocol: number | undefined;
  /** Absent: nothing is published into the cluster. */
  readonly remote: RemoteEndpoints | undefined;
}

/** One of the ways in which an end is written. */
export interface EndVariant {
  readonly json: JsonObject;
  /** Whether its ports were names, which stand for TCP where the rule names no protocol. */
  readonly fromNames: boolean;
}

/** An end compiled. */
export interface CompiledEnd {
  /** For what the cluster itself holds, then for published sets. */
  readonly variants: readonly EndVariant[];
  readonly peers: readonly Peer[];
  /** Port names that cannot be told of remote endpoints, and why. */
  readonly refusals: readonly string[];
}

const OURS: SelectorNode = { kind: "has", label: MANAGED_LABEL };
const NAMESPACED: SelectorNode = { kind: "has", label: NAMESPACE_LABEL };
const NO_LABELS: ReadonlyMap<string, string> = new Map();

/** A pod may carry any label, ours too; sets of ours are told by having no namespace. */
const NOT_OURS: SelectorNode = { kind: "or", operands: [NAMESPACED, { kind: "not", operand: OURS }] };

/**
 * Whether a selector that names none of our labels matches published sets. INVARIANT: a set carries labels under our
 * prefix alone, so that such a selector sees on it what it sees on nothing.
 */
const matchesSets = (node: SelectorNode): boolean => compileSelector(node)(NO_LABELS);

const has = ({ label }: Peer): SelectorNode => ({ kind: "compare", operator: "==", label, value: "1" });

function withoutSets(node: SelectorNode | undefined): SelectorNode {
  if (!node || node.kind === "all") return NOT_OURS;
  return { kind: "and", operands: [node, NOT_OURS] };
}

function without(json: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)));
}

/** An end so that it matches what it would if our sets were not there; beyond the cluster, where notSelector stands alone. */
function localEnd({ json, entity, namespace, remote }: EndToCompile): JsonObject {
  const { selector, notSelector } = entityMatch(entity, namespace);
  if (selector) {
    if (!matchesSets(selector)) return json;
    return { ...json, selector: printSelector(withoutSets(entity.selector?.node)) };
  }
  if (!notSelector || (!remote && !matchesSets(notSelector))) return json;
  // Alone, notSelector names whom the rule is not about: over the mesh these are published workloads too.
  const local = matchesSets(notSelector) ? withoutSets(notSelector) : notSelector;
  const isSet: SelectorNode = { kind: "not", operand: NAMESPACED };
  const published: SelectorNode = { kind: "and", operands: [has(peerOf(notSelector)), isSet] };
  const all: SelectorNode = { kind: "or", operands: [local, published] };
  return { ...json, notSelector: printSelector(remote ? all : local) };
}

/** Pods always have a namespace: a selector that forbids one selects no workload of the mesh. */
const maySelectPods = (selector: SelectorNode): boolean =>
  labelRestrictions(selector).get(NAMESPACE_LABEL)?.mustBeAbsent !== true;

/** The end for the sets of a peer, whose label stands for the selector, notSelector and service accounts. */
const remoteEnd = (json: JsonObject, peer: Peer): JsonObject => ({
  ...without(json, ["serviceAccounts", "notSelector"]),
  selector: printSelector(has(peer)),
  namespaceSelector: "global()",
});

const namesOf = (ports: readonly Port[]): readonly string[] =>
  [...new Set(ports.flatMap((port) => (port.kind === "named" ? [port.name] : [])))].sort(compareBytes);

const rangesOf = (ports: readonly Port[]): readonly JsonValue[] =>
  ports.flatMap((port): readonly JsonValue[] => {
    if (port.kind === "named") return [];
    return port.from === port.to ? [port.from] : [`${port.from}:${port.to}`];
  });

/** A port name is of the rule's protocol, of TCP where that has no ports or is not given (Calico, felix rule scanner). */
const portProtocol = (protocol: number | undefined): number =>
  protocol !== undefined && protocolHasPorts(protocol) ? protocol : PROTOCOL_NUMBERS.TCP;

interface RemoteEnd {
  readonly peer: Peer;
  readonly variant: EndVariant;
}

/** A rule with port names becomes one a port number that selected endpoints give one of them. */
function endsByPortNumber(end: EndToCompile, selector: SelectorNode): readonly RemoteEnd[] | undefined {
  const named = { names: namesOf(end.entity.ports), protocol: portProtocol(end.protocol) };
  const numbers = end.remote?.portNumbers(selector, named);
  return numbers?.map((number) => {
    const peer = portPeerOf(selector, { ...named, number });
    return { peer, variant: { json: { ...remoteEnd(end.json, peer), ports: [number] }, fromNames: true } };
  });
}

function endsForSets(end: EndToCompile, selector: SelectorNode | undefined): readonly RemoteEnd[] | undefined {
  const { ports } = end.entity;
  if (namesOf(ports).length === 0) {
    if (!selector) return [];
    const peer = peerOf(selector);
    return [{ peer, variant: { json: remoteEnd(end.json, peer), fromNames: false } }];
  }
  const byNumber = endsByPortNumber(end, selector ?? { kind: "all" });
  const ranges = rangesOf(ports);
  if (!byNumber || !selector || ranges.length === 0) return byNumber;
  const peer = peerOf(selector);
  return [{ peer, variant: { json: { ...remoteEnd(end.json, peer), ports: ranges }, fromNames: false } }, ...byNumber];
}

const NEGATED = "a port name among notPorts cannot be told of endpoints in other clusters";
const BESIDE_NOT_SELECTOR = "a port name beside notSelector alone cannot be told of endpoints in other clusters";
const NOT_REPORTED =
  "a port name of a peer in another cluster cannot be resolved: its agent does not report named ports";

/** An end as it means what its author wrote, in a cluster and over the mesh. */
export function compileEnd(end: EndToCompile): CompiledEnd {
  const { entity, namespace, remote } = end;
  const local: EndVariant = { json: localEnd(end), fromNames: false };
  const { selector, notSelector } = entityMatch(entity, namespace);
  if (!remote || (selector && !maySelectPods(selector))) return { variants: [local], peers: [], refusals: [] };
  const refusals = [
    ...(namesOf(entity.notPorts).length > 0 ? [NEGATED] : []),
    ...(notSelector && namesOf(entity.ports).length > 0 ? [BESIDE_NOT_SELECTOR] : []),
  ];
  if (notSelector) return { variants: [local], peers: [peerOf(notSelector)], refusals };
  const forSets = endsForSets(end, selector);
  if (!forSets) return { variants: [local], peers: [], refusals: [...refusals, NOT_REPORTED] };
  return {
    variants: [local, ...forSets.map(({ variant }) => variant)],
    peers: forSets.map(({ peer }) => peer),
    refusals,
  };
}
