import { parseAddress, type IpAddress } from "../net/address";
import type { NodeEndpoint } from "./endpoint";
import type { WorldNode } from "./world-input";
import { addressKey } from "./holders";
import { compareBytes } from "../text/order";

/** Finds nodes by their addresses, and the interface that has one. */
export class NodeIndex {
  readonly #byAddress = new Map<string, string>();
  readonly #addresses = new Map<string, IpAddress>();
  readonly #names = new Set<string>();
  readonly #interfaces = new Map<string, string>();

  constructor(nodes: readonly WorldNode[]) {
    for (const { name, addresses, interfaces = [] } of nodes) {
      for (const text of addresses) this.#add(text, (key) => this.#put(key, name));
      for (const { name: interfaceName, addresses: own } of interfaces) {
        for (const text of own) {
          this.#add(text, (key) => this.#put(key, name) && this.#interfaces.set(`${name} ${key}`, interfaceName));
        }
      }
    }
  }

  #put(key: string, name: string): unknown {
    this.#names.add(name);
    return this.#byAddress.set(key, name);
  }

  #add(text: string, put: (key: string) => void): void {
    const address = parseAddress(text);
    if (!address) return;
    this.#addresses.set(addressKey(address), address);
    put(addressKey(address));
  }

  /** Every address that a node has. */
  addresses(): Iterable<IpAddress> {
    return this.#addresses.values();
  }

  /** Whether an address of the node is known. */
  hasNode(node: string): boolean {
    return this.#names.has(node);
  }

  /** The node that has the address. */
  nodeAt(address: IpAddress): string | undefined {
    return this.#byAddress.get(addressKey(address));
  }

  /** The interface of the node that has the address. */
  interfaceAt(node: string, address: IpAddress): string | undefined {
    return this.#interfaces.get(`${node} ${addressKey(address)}`);
  }
}

/** An interface of a node: by its name, by an address that it has, or by both. */
export interface NodeInterface {
  readonly node: string;
  readonly name?: string;
  readonly address?: IpAddress;
}

/**
 * Which of the host endpoints polices an interface of a node: the one that names it, else one that expects an address of
 * it, else the one for all interfaces; the first by name among equals (Calico, felix endpoint manager,
 * resolveHostEndpoints).
 */
export function hostEndpointFor(endpoints: readonly NodeEndpoint[], at: NodeInterface): NodeEndpoint | undefined {
  const key = at.address && addressKey(at.address);
  const own = endpoints.filter(({ node }) => node === at.node).toSorted((a, b) => compareBytes(a.name, b.name));
  return (
    own.find(({ interfaceName }) => at.name !== undefined && interfaceName === at.name) ??
    own.find(({ interfaceName, addresses }) => interfaceName === "" && addresses.some((a) => addressKey(a) === key)) ??
    own.find(({ interfaceName }) => interfaceName === "*")
  );
}
