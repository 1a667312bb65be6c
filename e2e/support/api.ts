import { createApiClient, type ApiClient } from "../../apps/standalone/src/demo/api-client";
import type { Demo } from "./demo";

/** A client of the demo's API, signed in as its owner. */
export async function signedInApi(demo: Pick<Demo, "url" | "email" | "password">): Promise<ApiClient> {
  const api = createApiClient(demo.url);
  await api.mutate("signIn.signIn", { email: demo.email, password: demo.password });
  return api;
}

/** A line of the list of clusters, as far as tests read it. */
export interface ListedCluster {
  readonly id: string;
  readonly name: string;
  readonly status: { readonly kind: string; readonly since?: number };
  readonly joinedAt: string | null;
  readonly size: Readonly<Record<string, number>>;
}

/** All clusters by name. */
export async function clustersByName(api: ApiClient): Promise<Readonly<Record<string, ListedCluster>>> {
  const { clusters } = await api.query<{ clusters: readonly ListedCluster[] }>("clusters.list");
  return Object.fromEntries(clusters.map((cluster) => [cluster.name, cluster]));
}
