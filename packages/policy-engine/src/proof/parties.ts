import type { Connectivity, ConnectivityNode } from "../connectivity/connectivity";
import type { EndpointAddress } from "../connectivity/end-classes";
import type { HeldAddresses } from "../connectivity/external-classes";
import type { Endpoint } from "../evaluate/endpoint";
import type { World } from "../evaluate/world";
import type { IpAddress } from "../net/address";
import { intersectAddresses } from "../sets/address-set";
import { freeAddress } from "./free-address";
import { endpointMatcher } from "./proof-end";
import type { ProofEnd, ProofMatched, ProofQuestion } from "./types";

/** What of a class of addresses an end of a question means. */
export interface MatchedClass {
  /** Place among the nodes of the connectivity. */
  readonly node: number;
  readonly version: 4 | 6;
  readonly cluster: number;
  /** Addresses of endpoints, or one address outside that stands for all. */
  readonly members: readonly EndpointAddress[];
  readonly outside?: IpAddress;
}

/** Everything that an end of a question means. */
export interface MatchedEnd {
  readonly classes: readonly MatchedClass[];
  readonly endpoints: readonly Endpoint[];
  readonly matched: ProofMatched;
}

type Matches = (member: EndpointAddress) => boolean;

function matchNode(
  { node, at }: { readonly node: ConnectivityNode; readonly at: number },
  { end, matches, held }: { readonly end: ProofEnd; readonly matches: Matches; readonly held: HeldAddresses },
): readonly MatchedClass[] {
  const { version, cluster } = node;
  if (node.kind === "endpoints") {
    const members = node.members.filter(matches);
    return members.length > 0 ? [{ node: at, version, cluster, members }] : [];
  }
  if (end.kind === "selector") return [];
  const outside = freeAddress(intersectAddresses(node.addresses, end.addresses), held);
  return outside ? [{ node: at, version, cluster, members: [], outside }] : [];
}

const endpointsIn = (worlds: readonly World[]): readonly Endpoint[] =>
  worlds.flatMap(({ endpoints, hostEndpoints }) => [...endpoints, ...hostEndpoints]);

/** Finds what an end of a question means among the classes of a mesh. */
export function matchEnd(connectivity: Connectivity, end: ProofEnd, question: ProofQuestion): MatchedEnd {
  const { nodes, held, worlds } = connectivity;
  const matches = endpointMatcher(end, question.clusterLabels ?? new Map());
  const classes = nodes.flatMap((node, at) => matchNode({ node, at }, { end, matches, held }));
  const endpoints = [...new Set(classes.flatMap(({ members }) => members.map(({ endpoint }) => endpoint)))];
  const bare = end.kind === "addresses" ? [] : endpointsIn(worlds).filter(({ addresses }) => addresses.length === 0);
  const withoutAddress = bare.filter((endpoint) => matches({ endpoint, address: { version: 4, value: 0n } })).length;
  return {
    classes,
    endpoints,
    matched: { endpoints: endpoints.length + withoutAddress, withoutAddress, classes: classes.length },
  };
}
