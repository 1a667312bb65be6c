import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** How to reach a cluster's API as its administrator. */
export interface ClusterAccess {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly "certificate-authority-data": string };
  }[];
  readonly users: readonly {
    readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string };
  }[];
}

const decode = (base64: string) => Buffer.from(base64, "base64").toString("utf8");

/** Reads a kubeconfig with one cluster and one user that holds a client certificate. */
export function readKubeconfig(path: string): ClusterAccess {
  const config = parse(readFileSync(path, "utf8")) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${path} has no cluster or no user`);
  return {
    server: cluster.server,
    ca: decode(cluster["certificate-authority-data"]),
    cert: decode(user["client-certificate-data"]),
    key: decode(user["client-key-data"]),
  };
}

/** A kubeconfig for a pod's service account, as the in-cluster files would say it. */
export function serviceAccountKubeconfig(access: ClusterAccess, tokenFile: string, namespace: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "pod",
    clusters: [
      {
        name: "cluster",
        cluster: { server: access.server, "certificate-authority-data": Buffer.from(access.ca).toString("base64") },
      },
    ],
    users: [{ name: "service-account", user: { tokenFile } }],
    contexts: [{ name: "pod", context: { cluster: "cluster", user: "service-account", namespace } }],
  });
}
