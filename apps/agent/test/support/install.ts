import { readFileSync } from "node:fs";
import { isRecord, textAt, type KubeObject, type KubernetesApi, type ResourceKind } from "@isthmus/k8s";
import { parseAllDocuments } from "yaml";
import { manifestPath } from "./bundles";

const PLURALS: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  Pod: "pods",
  ServiceAccount: "serviceaccounts",
  Secret: "secrets",
  ClusterRole: "clusterroles",
  ClusterRoleBinding: "clusterrolebindings",
  Role: "roles",
  RoleBinding: "rolebindings",
  Deployment: "deployments",
  Lease: "leases",
  PodDisruptionBudget: "poddisruptionbudgets",
};

/** The agent's manifest with these placeholders filled in. */
export function filledManifest(values: Readonly<Record<string, string>>): readonly KubeObject[] {
  const text = readFileSync(manifestPath, "utf8").replaceAll(
    /\{\{(\w+)\}\}/gu,
    (whole, name: string) => values[name] ?? whole,
  );
  const left = /\{\{\w+\}\}/u.exec(text);
  if (left !== null) throw new Error(`the manifest's placeholder ${left[0]} was not filled in`);
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter(isRecord) as unknown as readonly KubeObject[];
}

/** Applies objects as an administrator; what exists stays as it is. */
export async function install(api: KubernetesApi, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    const answer = await api.create(kindOf(object), object);
    if (!answer.ok && answer.error.code !== "already-exists")
      throw new Error(`${object.kind}: ${answer.error.message}`);
  }
}

function kindOf(object: KubeObject): ResourceKind {
  const plural = PLURALS[object.kind] ?? "";
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    plural,
    namespaced: object.metadata.namespace !== undefined,
  };
}

/** A token of the agent's service account, as the kubelet would mount it. */
export async function agentToken(api: KubernetesApi): Promise<string> {
  const kind: ResourceKind = {
    apiVersion: "v1",
    kind: "TokenRequest",
    plural: "serviceaccounts/isthmus-agent/token",
    namespaced: true,
  };
  const request = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: { name: "isthmus-agent", namespace: "isthmus" },
    spec: { expirationSeconds: 3_600 },
  };
  const answer = await api.create(kind, request);
  if (!answer.ok) throw new Error(`no token: ${answer.error.message}`);
  return textAt(answer.value, "status", "token");
}
