import type { FieldPath } from "../diagnostic";
import type { Direction, EntityRule, Rule, RuleAction } from "../model/policy";
import { parseCidr, type Cidr } from "../net/address";
import { onlyField } from "./cluster-policy-field";
import { MAX_ENTRIES, readProtocols, type ProtocolMatch } from "./cluster-policy-port";
import { readNamespaceSelector, readPodSelector } from "./label-selector";
import {
  complain,
  field,
  findingsSoFar,
  isPresent,
  readList,
  readObject,
  readString,
  readStrings,
  readWord,
  rejectRepeats,
  unknownFieldsSince,
  type Reader,
} from "./reader";
import { rememberOrigin } from "./rule-origin";
import { characters } from "./selector";

const ANY: EntityRule = { nets: [], notNets: [], ports: [], notPorts: [], domains: [] };

/** Longest name of a rule, and of a network (the CRD). */
const MAX_RULE_NAME = 100;
const MAX_NETWORK = 43;

/** Where Calico keeps the name of a rule (libcalico-go conversion, K8sCNPRuleNameLabel). */
const RULE_NAME_ANNOTATION = "name";

/** A peer as Calico understands it; one of which it knows no field makes the rule fail closed. */
type Peer = { readonly kind: "peer"; readonly entity: EntityRule } | { readonly kind: "unsupported" };

function readNetworks(reader: Reader): readonly Cidr[] {
  const texts = readStrings(reader, MAX_ENTRIES);
  rejectRepeats(texts);
  if (texts.length === 0) complain(reader, { code: "empty-list", message: "networks is empty" });
  return texts.flatMap(({ at, text }) => {
    const written = text.length <= MAX_NETWORK ? parseCidr(text) : undefined;
    if (written) return [written.cidr];
    complain(at, { code: "invalid-net", message: `\`${text}\` is not a range of addresses` });
    return [];
  });
}

/** Reads `pods` of a peer or subject: selectors over pods and over their namespaces, of which an absent one means all. */
export function readPods(reader: Reader): Pick<EntityRule, "selector" | "namespaceSelector"> {
  readObject(reader, ["podSelector", "namespaceSelector"]);
  if (!isPresent(field(reader, "podSelector"))) {
    complain(field(reader, "podSelector"), { code: "missing-field", message: "pods needs podSelector" });
  }
  return {
    selector: readPodSelector(field(reader, "podSelector")),
    namespaceSelector: readNamespaceSelector(field(reader, "namespaceSelector")),
  };
}

function readPeer(reader: Reader, direction: Direction): Peer {
  const keys =
    direction === "egress" ? (["namespaces", "pods", "networks"] as const) : (["namespaces", "pods"] as const);
  // Nothing that Calico knows: it fails closed, as the API asks of implementations that are older than the CRD.
  if (!keys.some((key) => isPresent(field(reader, key)))) {
    const message = `one of ${keys.join(", ")} is needed, and nothing else is understood here`;
    complain(reader, { code: "unsupported-peer", message });
    return { kind: "unsupported" };
  }
  readObject(reader, keys);
  const chosen = onlyField(reader, keys) ?? "namespaces";
  const at = field(reader, chosen);
  switch (chosen) {
    case "namespaces":
      return { kind: "peer", entity: { ...ANY, namespaceSelector: readNamespaceSelector(at) } };
    case "pods":
      return { kind: "peer", entity: { ...ANY, ...readPods(at) } };
    case "networks":
      return { kind: "peer", entity: { ...ANY, nets: readNetworks(at) } };
  }
}

const ACTIONS: Readonly<Record<"Accept" | "Deny" | "Pass", RuleAction>> = {
  Accept: "Allow",
  Deny: "Deny",
  Pass: "Pass",
};

/** What stays of a rule that Calico cannot convert (libcalico-go conversion, k8sClusterNetPolHandleFailedRules). */
function failClosed(action: RuleAction): readonly Rule[] {
  if (action === "Allow") return [];
  return [{ action: "Deny", source: ANY, destination: ANY, annotations: {}, unknown: [] }];
}

interface RuleParts {
  readonly action: RuleAction;
  readonly direction: Direction;
  readonly annotations: Rule["annotations"];
  readonly unknown: readonly string[];
}

interface PlacedPeer {
  readonly entity: EntityRule;
  /** Where it lies; the whole rule where it is the only one. */
  readonly path: FieldPath;
}

/** One Calico rule a protocol and peer, protocols first (combinePortsWithCNPIngressPeers and its twin). */
function combine(protocols: ProtocolMatch, peers: readonly PlacedPeer[], parts: RuleParts): readonly Rule[] {
  const { action, direction, annotations, unknown } = parts;
  const ports = protocols.kind === "ports" ? protocols.byProtocol : [[undefined, undefined] as const];
  return ports.flatMap(([protocol, list]) =>
    peers.map(({ entity: peer, path }): Rule => {
      const near = { ...ANY, ports: list ?? [] };
      const ends =
        direction === "ingress"
          ? { source: peer, destination: near }
          : { source: ANY, destination: { ...peer, ports: near.ports } };
      return rememberOrigin(
        { action, ...(protocol !== undefined && { protocol }), ...ends, annotations, unknown },
        path,
      );
    }),
  );
}

function readRuleName(reader: Reader): Rule["annotations"] {
  const name = readString(reader) ?? "";
  if (characters(name) > MAX_RULE_NAME) {
    complain(reader, { code: "name-too-long", message: `a rule's name has at most ${MAX_RULE_NAME} characters` });
  }
  return name === "" ? {} : { [RULE_NAME_ANNOTATION]: name };
}

/** Reads a rule of a ClusterNetworkPolicy into the rules that Calico makes of it. */
export function readClusterRule(reader: Reader, direction: Direction): readonly Rule[] {
  const peerKey = direction === "ingress" ? "from" : "to";
  const since = findingsSoFar(reader);
  readObject(reader, ["action", "name", "protocols", peerKey]);
  const word = readWord(field(reader, "action"), ["Accept", "Deny", "Pass"]);
  if (!isPresent(field(reader, "action"))) {
    complain(reader, {
      code: "missing-action",
      message: "the rule has no action",
      hint: "write action: Accept | Deny | Pass",
    });
  }
  const list = readList(field(reader, peerKey), MAX_ENTRIES);
  if (list.length === 0) {
    complain(field(reader, peerKey), { code: "missing-peers", message: `\`${peerKey}\` needs one peer at least` });
  }
  const peers = list.map((at) => readPeer(at, direction));
  const protocols = readProtocols(field(reader, "protocols"));
  const unknown = unknownFieldsSince(reader, since);
  const annotations = readRuleName(field(reader, "name"));
  const action = word ? ACTIONS[word] : "Deny";
  const entities = peers.flatMap((peer, i): readonly PlacedPeer[] =>
    peer.kind === "peer" ? [{ entity: peer.entity, path: (list.length > 1 && list[i]?.path) || reader.path }] : [],
  );
  const failed = protocols.kind === "unsupported" || entities.length < peers.length;
  if (failed && unknown.length === 0) return failClosed(action).map((rule) => rememberOrigin(rule, reader.path));
  return combine(protocols, entities, { action, direction, annotations, unknown });
}
