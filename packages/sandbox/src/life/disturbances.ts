import { blockingBudget } from "../controllers/disruption";
import { controllerOf } from "../controllers/runtime";
import { isActive } from "../controllers/pods";
import { objectOf, valueAt } from "../json";
import type { Rate } from "../scenario-types";
import { timestamp } from "../store/object-store";
import { pickOne } from "../traffic/random";
import { happens, type LifeContext } from "./happening";

/** Evicts pods that a controller makes again, where no PodDisruptionBudget keeps them. */
export function runEvictions(context: LifeContext, rate: Rate): () => void {
  const { store, random, removePod, isExternalPod } = context;
  return happens(context, rate, () => {
    const owned = store.list("pods").filter((pod) => {
      const owner = controllerOf(pod);
      return owner !== undefined && owner.kind !== "DaemonSet" && isActive(pod) && !isExternalPod(pod);
    });
    const pod = pickOne(owned, random);
    if (pod && blockingBudget(store, pod) === undefined) removePod(pod);
  });
}

const restartedAt = "kubectl.kubernetes.io/restartedAt";

/** Restarts Deployments, as `kubectl rollout restart` does. */
export function runRollouts(context: LifeContext, rate: Rate): () => void {
  const { store, random, now, isExternalPod } = context;
  return happens(context, rate, () => {
    const deployments = store.list("deployments.apps").filter((each) => !isExternalPod(templateAsPod(each)));
    const deployment = pickOne(deployments, random);
    if (!deployment) return;
    const template = objectOf(valueAt(deployment, "spec", "template"));
    const metadata = objectOf(template["metadata"]);
    const annotations = { ...objectOf(metadata["annotations"]), [restartedAt]: timestamp(now()) };
    store.update("deployments.apps", {
      ...deployment,
      metadata: { ...deployment.metadata, generation: (deployment.metadata.generation ?? 0) + 1 },
      spec: { ...objectOf(deployment["spec"]), template: { ...template, metadata: { ...metadata, annotations } } },
    });
  });
}

type Owner = Parameters<LifeContext["isExternalPod"]>[0];

/** What decides whether a pod is somebody else's is in its spec. */
function templateAsPod(owner: Owner): Owner {
  return { ...owner, spec: valueAt(owner, "spec", "template", "spec") };
}
