import type { FieldPath } from "../diagnostic";
import type { Direction, EntityRule, Policy, PolicyKind, Port, Rule } from "../model/policy";
import { PROTOCOL_NUMBERS, protocolName } from "../model/protocol";
import { parseCidr, type Cidr } from "../net/address";
import { compareBytes } from "../text/order";
import { readNamespaceSelector, readPodSelector } from "./label-selector";
import { PLAIN_NAME, readMetadata } from "./metadata";
import { rememberOrigin } from "./rule-origin";
import {
  complain,
  field,
  findingsSoFar,
  isPresent,
  readInteger,
  readList,
  readObject,
  readString,
  readStrings,
  readWord,
  rejectRepeats,
  unknownFieldsSince,
  type Reader,
} from "./reader";

/** Where Calico puts every Kubernetes policy in the tier `default`. */
const ORDER = 1000;

const ANY: EntityRule = { nets: [], notNets: [], ports: [], notPorts: [], domains: [] };

function readBlock(reader: Reader): EntityRule {
  readObject(reader, ["cidr", "except"]);
  const parse = (at: Reader, text: string): readonly Cidr[] => {
    const written = parseCidr(text);
    if (!written) complain(at, { code: "invalid-net", message: `\`${text}\` is not a range of addresses` });
    return written ? [written.cidr] : [];
  };
  const cidr = field(reader, "cidr");
  const nets = parse(cidr, readString(cidr) ?? "");
  const notNets = readStrings(field(reader, "except")).flatMap(({ at, text }) => parse(at, text));
  return { ...ANY, nets, notNets };
}

function readPeer(reader: Reader): EntityRule {
  readObject(reader, ["podSelector", "namespaceSelector", "ipBlock"]);
  const [pods, namespaces, block] = ["podSelector", "namespaceSelector", "ipBlock"].map((key) => field(reader, key));
  if (block && isPresent(block)) {
    if ((pods && isPresent(pods)) || (namespaces && isPresent(namespaces))) {
      complain(reader, { code: "peer-combined", message: "ipBlock cannot be combined with selectors" });
    }
    return readBlock(block);
  }
  if (!pods || !namespaces || (!isPresent(pods) && !isPresent(namespaces))) {
    complain(reader, { code: "empty-peer", message: "a peer needs podSelector, namespaceSelector or ipBlock" });
    return ANY;
  }
  const selector = readPodSelector(pods);
  return { ...ANY, selector, ...(isPresent(namespaces) && { namespaceSelector: readNamespaceSelector(namespaces) }) };
}

/** Ports of one protocol; `undefined` stands for all of them. */
type PortsByProtocol = ReadonlyMap<number, readonly Port[] | undefined>;

function readPolicyPort(reader: Reader): readonly [number, Port | undefined] {
  readObject(reader, ["protocol", "port", "endPort"]);
  const word = readWord(field(reader, "protocol"), ["TCP", "UDP", "SCTP"]) ?? "TCP";
  const portField = field(reader, "port");
  const endPort = readInteger(field(reader, "endPort"), { min: 1, max: 65_535 });
  if (typeof portField.value === "string") {
    if (endPort !== undefined)
      complain(field(reader, "endPort"), { code: "end-port-of-name", message: "endPort needs a numeric port" });
    return [PROTOCOL_NUMBERS[word], { kind: "named", name: portField.value }];
  }
  const from = readInteger(portField, { min: 1, max: 65_535 });
  if (from === undefined) return [PROTOCOL_NUMBERS[word], undefined];
  const to = endPort ?? from;
  if (to < from) complain(field(reader, "endPort"), { code: "invalid-port", message: "endPort is below port" });
  return [PROTOCOL_NUMBERS[word], { kind: "range", from, to: Math.max(from, to) }];
}

function readPorts(reader: Reader): PortsByProtocol {
  const byProtocol = new Map<number, readonly Port[] | undefined>();
  for (const at of readList(reader)) {
    const [protocol, port] = readPolicyPort(at);
    const known = byProtocol.get(protocol);
    if (port === undefined) byProtocol.set(protocol, undefined);
    else if (!byProtocol.has(protocol)) byProtocol.set(protocol, [port]);
    else if (known) byProtocol.set(protocol, [...known, port]);
  }
  return byProtocol;
}

interface Peer {
  readonly entity: EntityRule;
  /** Where it lies; the whole rule where it is the only one. */
  readonly path: FieldPath;
}

/** One Calico rule a protocol and peer, in the order in which Calico converts them. */
function readRules(reader: Reader, direction: Direction): readonly Rule[] {
  const peerKey = direction === "ingress" ? "from" : "to";
  const since = findingsSoFar(reader);
  readObject(reader, [peerKey, "ports"]);
  const list = readList(field(reader, peerKey));
  const peers = list.map((at) => ({ entity: readPeer(at), path: list.length > 1 ? at.path : reader.path }));
  const ports = readPorts(field(reader, "ports"));
  const unknown = unknownFieldsSince(reader, since);
  const protocols = [...ports.keys()].sort((a, b) => compareBytes(protocolName(a), protocolName(b)));
  const rule = ({ entity: peer, path }: Peer, protocol: number | undefined): Rule => {
    const near = { ...ANY, ports: (protocol !== undefined && ports.get(protocol)) || [] };
    const ends =
      direction === "ingress"
        ? { source: peer, destination: near }
        : { source: ANY, destination: { ...peer, ports: near.ports } };
    const made: Rule = {
      action: "Allow",
      ...(protocol !== undefined && { protocol }),
      ...ends,
      annotations: {},
      unknown,
    };
    return rememberOrigin(made, path);
  };
  const wanted: readonly (number | undefined)[] = protocols.length > 0 ? protocols : [undefined];
  return wanted.flatMap((protocol) =>
    (peers.length > 0 ? peers : [{ entity: ANY, path: reader.path }]).map((peer) => rule(peer, protocol)),
  );
}

function readTypes(reader: Reader, egressRules: number): readonly Direction[] {
  const words = readStrings(reader, 2);
  rejectRepeats(words);
  const types = words.flatMap(({ at }) => readWord(at, ["Ingress", "Egress"]) ?? []);
  if (types.length === 0) return egressRules > 0 ? ["ingress", "egress"] : ["ingress"];
  return (["ingress", "egress"] as const).filter((t) => types.includes(t === "ingress" ? "Ingress" : "Egress"));
}

/** Reads a NetworkPolicy of `networking.k8s.io/v1`, or Calico's staged form of it, into what Calico makes of it. */
export function readKubernetesPolicy(root: Reader, kind: PolicyKind & `${string}KubernetesNetworkPolicy`): Policy {
  const metadata = readMetadata(root, { ...PLAIN_NAME, namespaced: true });
  const spec = field(root, "spec");
  const staged = kind === "StagedKubernetesNetworkPolicy";
  const known = ["podSelector", "ingress", "egress", "policyTypes", ...(staged ? ["stagedAction"] : [])];
  readObject(spec, known);
  const selector = readPodSelector(field(spec, "podSelector"));
  const unknown = unknownFieldsSince(root, 0);
  const ingress = readList(field(spec, "ingress")).flatMap((at) => readRules(at, "ingress"));
  const egressList = readList(field(spec, "egress"));
  return {
    resource: "policy",
    kind,
    ...metadata,
    name: metadata.ref.name,
    namespace: metadata.ref.namespace,
    tier: "default",
    order: ORDER,
    selector,
    types: readTypes(field(spec, "policyTypes"), egressList.length),
    ingress,
    egress: egressList.flatMap((at) => readRules(at, "egress")),
    doNotTrack: false,
    preDnat: false,
    applyOnForward: true,
    ...(staged && {
      stagedAction: readWord(field(spec, "stagedAction"), ["Set", "Delete", "Learn", "Ignore"], true) ?? "Set",
    }),
    unknown,
  };
}
