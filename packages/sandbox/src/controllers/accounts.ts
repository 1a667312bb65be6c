import type { KubeObject } from "../store/types";
import type { ControllerContext } from "./runtime";

/**
 * Gives every namespace its `default` service account and the ConfigMap `kube-root-ca.crt`, inside the event that shows
 * the namespace, so that a pod created right after it finds them.
 */
export function runAccounts({ store }: ControllerContext, authority: string): () => void {
  const provide = ({ metadata }: KubeObject) => {
    if (metadata.deletionTimestamp !== undefined) return;
    const namespace = metadata.name;
    if (!store.get({ resource: "serviceaccounts", namespace, name: "default" })) {
      store.create("serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default", namespace },
      });
    }
    const name = "kube-root-ca.crt";
    if (!store.get({ resource: "configmaps", namespace, name })) {
      store.create("configmaps", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name, namespace },
        data: { "ca.crt": authority },
      });
    }
  };
  const again = (object: KubeObject) => {
    const namespace = store.get({ resource: "namespaces", name: object.metadata.namespace ?? "" });
    if (namespace) provide(namespace);
  };
  const stops = [
    store.subscribe("namespaces", ({ type, object }) => {
      if (type !== "DELETED") provide(object);
    }),
    ...["serviceaccounts", "configmaps"].map((resource) =>
      store.subscribe(resource, ({ type, object }) => {
        if (type === "DELETED") again(object);
      }),
    ),
  ];
  store.list("namespaces").forEach(provide);
  return () => stops.forEach((stop) => stop());
}
