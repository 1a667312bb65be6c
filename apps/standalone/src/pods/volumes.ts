import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KubernetesApiError, type KubernetesApi } from "./kubernetes-api";
import type { Pod, Volume } from "./pod-types";

interface KeyedData {
  readonly data?: Readonly<Record<string, string>>;
}

/** Puts a pod's volumes below `folder`; resolves to the host folder of each by name. Throws when a secret is missing. */
export async function materialiseVolumes(
  api: KubernetesApi,
  pod: Pod,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const placed = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    const path = join(folder, "volumes", volume.name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const files = await filesOf(api, pod.metadata.namespace, volume);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content, { mode: 0o600 });
    placed.set(volume.name, path);
  }
  return placed;
}

async function filesOf(api: KubernetesApi, namespace: string, volume: Volume): Promise<Record<string, Buffer>> {
  if (volume.secret !== undefined) {
    const { secretName, optional = false } = volume.secret;
    return readKeyed(() => api.get(`/api/v1/namespaces/${namespace}/secrets/${secretName}`), optional, "base64");
  }
  if (volume.configMap !== undefined) {
    const { name, optional = false } = volume.configMap;
    return readKeyed(() => api.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`), optional, "utf8");
  }
  return {};
}

async function readKeyed(
  get: () => Promise<KeyedData>,
  optional: boolean,
  encoding: BufferEncoding,
): Promise<Record<string, Buffer>> {
  try {
    const { data = {} } = await get();
    return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, encoding)]));
  } catch (error) {
    if (optional && error instanceof KubernetesApiError && error.status === 404) return {};
    throw error;
  }
}
