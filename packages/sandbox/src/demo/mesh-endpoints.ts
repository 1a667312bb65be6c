import { serviceOfSlice } from "../dataplane/service-endpoints";
import { objectsOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import type { SandboxCluster } from "../scenario-types";
import type { KubeInput, KubeObject, ObjectStore } from "../store/types";

/** On a Service without a selector: `cluster/namespace/name` of the service in another cluster that it stands for. */
export const REMOTE_SERVICE_ANNOTATION = "mesh.example/remote-service";

const MANAGED_BY = "mesh-endpoints.example";
const SLICES = "endpointslices.discovery.k8s.io";

/**
 * An operator's own multi-cluster service sync, as the demo's meshes have one: for every Service that stands for one of
 * another cluster it keeps an EndpointSlice with the addresses of that one's pods. Gives a function that stops it.
 */
export function startMeshEndpoints(clusters: readonly SandboxCluster[]): () => void {
  const stores = new Map(clusters.map((cluster) => [cluster.name, cluster.store]));
  const reconcile = (): void => {
    for (const cluster of clusters) {
      for (const service of cluster.store.list("services")) reconcileService(cluster.store, service, stores);
    }
  };
  let scheduled = false;
  let stopped = false;
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      if (!stopped) reconcile();
    });
  };
  reconcile();
  const stops = clusters.flatMap(({ store }) => [
    store.subscribe("services", schedule),
    store.subscribe(SLICES, schedule),
  ]);
  return () => {
    stopped = true;
    for (const stop of stops) stop();
  };
}

function reconcileService(store: ObjectStore, service: KubeObject, stores: ReadonlyMap<string, ObjectStore>): void {
  const remote = service.metadata.annotations?.[REMOTE_SERVICE_ANNOTATION];
  if (remote === undefined) return;
  const [cluster = "", namespace = "", name = ""] = remote.split("/");
  const source = stores.get(cluster);
  if (source === undefined) return;
  const slices = source.list(SLICES, namespace).filter((slice) => serviceOfSlice(slice) === name);
  write(store, sliceFor(service, cluster, slices));
}

/** One slice for all: the addresses of the remote pods that are ready, at the ports that the service names. */
function sliceFor(service: KubeObject, cluster: string, remote: readonly KubeObject[]): KubeInput {
  const names = new Set(objectsOf(valueAt(service, "spec", "ports")).map((port) => stringOf(port["name"])));
  const ports = objectsOf(remote[0]?.["ports"]).filter((port) => names.has(stringOf(port["name"])));
  const { name, namespace = "", uid } = service.metadata;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-${cluster}`,
      namespace,
      labels: { "kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": MANAGED_BY },
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid }],
    },
    addressType: "IPv4",
    ports,
    endpoints: remote.flatMap((slice) => objectsOf(slice["endpoints"]).map(endpointFor)),
  };
}

/** Without targetRef and nodeName, which mean nothing in another cluster. */
function endpointFor(endpoint: JsonObject): JsonObject {
  return {
    addresses: stringsOf(endpoint["addresses"]),
    conditions: { ready: valueAt(endpoint, "conditions", "ready") !== false },
  };
}

function write(store: ObjectStore, slice: KubeInput): void {
  const { namespace, name } = slice.metadata;
  const existing = store.get({ resource: SLICES, namespace, name });
  if (existing === undefined) {
    store.create(SLICES, slice);
    return;
  }
  const wanted = { addressType: slice["addressType"], ports: slice["ports"], endpoints: slice["endpoints"] };
  const present = { addressType: existing["addressType"], ports: existing["ports"], endpoints: existing["endpoints"] };
  if (JSON.stringify(wanted) === JSON.stringify(present)) return;
  store.update(SLICES, { ...existing, ...wanted });
}
