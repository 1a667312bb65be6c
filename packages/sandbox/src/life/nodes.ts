import { addressNumber, rangeOf } from "../controllers/address-pool";
import { isNodeReady } from "../controllers/node-lifecycle";
import { objectOf, objectsOf, stringOf, valueAt } from "../json";
import { nodeObject } from "../nodes";
import type { ClusterScenario, LifeScenario } from "../scenario-types";
import { timestamp } from "../store/object-store";
import type { KubeObject } from "../store/types";
import { between, pickOne } from "../traffic/random";
import { happens, type LifeContext } from "./happening";

/** Which cluster's nodes come and go. */
export interface NodeLife {
  readonly scenario: ClusterScenario;
  readonly index: number;
  readonly nodes: NonNullable<LifeScenario["nodes"]>;
}

/** No more of a cluster's nodes are down at a time. */
const mostDown = 1 / 3;

/** Lets nodes fall silent; after a while each comes back, or is removed and replaced by a new one. */
export function runNodeLife(context: LifeContext, life: NodeLife): () => void {
  const { store, random, later } = context;
  const timers = new Set<() => void>();
  const endLater = (name: string) => {
    const delayMs = between(life.nodes.downSeconds.from, life.nodes.downSeconds.to, random) * 1_000;
    const cancel = later(delayMs, () => {
      timers.delete(cancel);
      const node = store.get({ resource: "nodes", name });
      if (!node || isNodeReady(node)) return;
      if (life.nodes.replace) replace(context, life, node);
      else setReady(context, node, true);
    });
    timers.add(cancel);
  };
  for (const node of store.list("nodes")) if (!isNodeReady(node)) endLater(node.metadata.name);
  const stop = happens(context, life.nodes, () => {
    const nodes = store.list("nodes");
    const ready = nodes.filter(isNodeReady);
    const node = pickOne(ready, random);
    if (!node || nodes.length - ready.length + 1 > nodes.length * mostDown) return;
    setReady(context, node, false);
    endLater(node.metadata.name);
  });
  return () => {
    stop();
    timers.forEach((cancel) => cancel());
  };
}

/** What the node controller writes of a node whose kubelet has not been heard of, or has again. */
function setReady({ store, now }: LifeContext, node: KubeObject, ready: boolean): void {
  const state = ready
    ? { status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" }
    : { status: "Unknown", reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." };
  const at = timestamp(now());
  const conditions = objectsOf(valueAt(node, "status", "conditions")).map((each) =>
    each["type"] === "Ready" ? { ...each, ...state, lastTransitionTime: at } : each,
  );
  store.update("nodes", { ...node, status: { ...objectOf(node["status"]), conditions } });
}

function replace({ store, now }: LifeContext, { scenario, index }: NodeLife, node: KubeObject): void {
  const first = rangeOf(scenario.podCidr).first;
  const places = store.list("nodes").map((each) => {
    const base = addressNumber(stringOf(valueAt(each, "spec", "podCIDR")).split("/")[0] ?? "");
    return base === undefined ? 0 : (base - first) / 256;
  });
  const place = Math.max(...places) + 1;
  store.delete({ resource: "nodes", name: node.metadata.name }, { uid: node.metadata.uid });
  const name = `${scenario.name}-node-${place + 1}`;
  store.create("nodes", nodeObject({ scenario, index, now: now() }, { name, place }));
}
