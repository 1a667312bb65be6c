import { tieredResources, tierFinalizer } from "../api/admission/calico-kinds";
import { objectsOf, stringOf, stringsOf, valueAt } from "../json";
import type { KubeObject } from "../store/types";
import { condition, writeStatus, type ControllerContext } from "./runtime";
import { WorkQueue } from "./work-queue";

const resource = "tiers.projectcalico.org";
const policies = tieredResources.map((plural) => `${plural}.projectcalico.org`);

/** Reports tiers as ready, and lets one that is being deleted go when its last policy has gone. */
export function runTiers(context: ControllerContext): () => void {
  const { store } = context;
  const queue = new WorkQueue((name) => {
    const tier = store.get({ resource, name });
    if (tier) reconcile(context, tier);
  }, context.onError);
  const stops = [
    store.subscribe(resource, ({ object }) => queue.add(object.metadata.name)),
    ...policies.map((each) =>
      store.subscribe(each, ({ type, object }) => {
        if (type === "DELETED") queue.add(stringOf(valueAt(object, "spec", "tier")));
      }),
    ),
  ];
  store.list(resource).forEach(({ metadata }) => queue.add(metadata.name));
  return () => [...stops, () => queue.close()].forEach((stop) => stop());
}

function reconcile(context: ControllerContext, tier: KubeObject): void {
  const { name, deletionTimestamp, finalizers } = tier.metadata;
  const before = objectsOf(valueAt(tier, "status", "conditions"));
  const leaving = deletionTimestamp !== undefined;
  const count = leaving ? countPolicies(context, name) : 0;
  if (leaving && count === 0) return letGo(context, tier, stringsOf(finalizers));
  const state = leaving
    ? { type: "Ready", status: "False", reason: "Terminating", message: `waiting for ${count} policies to be deleted` }
    : { type: "Ready", status: "True", reason: "Active", message: "" };
  writeStatus(context, { resource, object: tier }, { conditions: [condition(before, state, context.now())] });
}

function countPolicies({ store }: ControllerContext, tier: string): number {
  return policies.flatMap((each) => store.list(each)).filter((policy) => valueAt(policy, "spec", "tier") === tier)
    .length;
}

function letGo({ store }: ControllerContext, tier: KubeObject, finalizers: readonly string[]): void {
  const { name, uid } = tier.metadata;
  const others = finalizers.filter((finalizer) => finalizer !== tierFinalizer);
  if (others.length === 0) store.delete({ resource, name }, { uid });
  else if (others.length < finalizers.length)
    store.update(resource, { ...tier, metadata: { ...tier.metadata, finalizers: others } });
}
