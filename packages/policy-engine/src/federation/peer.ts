import type { SelectorNode } from "../selector/ast";
import { printSelector } from "../selector/printer";
import { sha256Hex } from "../text/encode";
import { OUR_PREFIX } from "./names";

/** A port number that endpoints give one of some names. */
export interface NamedPort {
  /** In the order of their bytes. */
  readonly names: readonly string[];
  /** IP protocol number. */
  readonly protocol: number;
  readonly number: number;
}

/** Endpoints of the mesh that a rule speaks of; the published sets of those that it selects carry its label. */
export interface Peer {
  readonly label: string;
  readonly selector: SelectorNode;
  /** Where given, only endpoints that give the number one of the names. */
  readonly port?: NamedPort;
}

/** The label that the sets of the workloads carry that a selector over the mesh selects. */
export const peerLabel = (selector: SelectorNode): string =>
  `${OUR_PREFIX}peer-${sha256Hex(printSelector(selector)).slice(0, 20)}`;

/** The endpoints that a selector over the mesh selects. */
export const peerOf = (selector: SelectorNode): Peer => ({ label: peerLabel(selector), selector });

/** Those of them that give a port number one of some names. */
export function portPeerOf(selector: SelectorNode, port: NamedPort): Peer {
  const text = `${printSelector(selector)} ${port.protocol} ${port.names.join(",")} ${port.number}`;
  return { label: `${OUR_PREFIX}port-${sha256Hex(text).slice(0, 20)}`, selector, port };
}
