import { objectOf, objectsOf, stringOf, stringsOf, valueAt } from "../json";
import type { ObjectStore } from "../store/types";
import { netContains, parseAddress, parseNet, versionOf, type Address, type Net } from "./address";
import type { Endpoint } from "./model";

const POOLS = "ippools.projectcalico.org";

interface Pool {
  readonly net: Net;
  readonly masquerades: boolean;
}

interface Tables {
  readonly pools: readonly Pool[];
  readonly nodes: ReadonlyMap<string, readonly Address[]>;
}

/** What the address translation of a cluster's nodes needs of its objects. */
export type PoolObjects = Pick<ObjectStore, "list" | "subscribe">;

/** Translates the source of packets that leave a cluster's pods. */
export interface OutgoingAddresses {
  /** The pod's own address, or its node's: where it is of a pool with natOutgoing and the destination is in no pool. */
  leavesWith(endpoint: Endpoint, destination: Address): Address;
  close(): void;
}

/** Follows the pools of `store`; as Calico's, a disabled pool counts as one, and a pod's pool is the one with its address. */
export function createOutgoingAddresses(store: PoolObjects): OutgoingAddresses {
  let current: Tables | undefined;
  const unsubscribe = [POOLS, "nodes"].map((resource) => store.subscribe(resource, () => (current = undefined)));
  return {
    leavesWith: ({ address, node }, destination) => {
      const { pools, nodes } = (current ??= tablesOf(store));
      const own = pools.some(({ net, masquerades }) => masquerades && netContains(net, address));
      if (!own || pools.some(({ net }) => netContains(net, destination))) return address;
      const replaced = nodes.get(node)?.find((each) => versionOf(each) === versionOf(address));
      return replaced ?? address;
    },
    close: () => unsubscribe.forEach((stop) => stop()),
  };
}

function tablesOf(store: PoolObjects): Tables {
  const pools = store.list(POOLS).flatMap((object): readonly Pool[] => {
    const spec = objectOf(object["spec"]);
    const net = parseNet(stringOf(spec["cidr"]));
    const uses = stringsOf(spec["allowedUses"]);
    const masquerades = spec["natOutgoing"] === true && (uses.length === 0 || uses.includes("Workload"));
    return net === undefined ? [] : [{ net, masquerades }];
  });
  const nodes = store.list("nodes").map((node): readonly [string, readonly Address[]] => {
    const addresses = objectsOf(valueAt(node, "status", "addresses"))
      .filter(({ type }) => type === "InternalIP")
      .flatMap(({ address }) => parseAddress(stringOf(address)) ?? []);
    return [node.metadata.name, addresses];
  });
  return { pools, nodes: new Map(nodes) };
}
