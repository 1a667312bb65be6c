import type { KubeInput } from "../store/types";

const apiVersion = "rbac.authorization.k8s.io/v1";
const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };
const readVerbs = ["get", "list", "watch"];
const writeVerbs = ["create", "delete", "deletecollection", "patch", "update"];

type RuleFields = Readonly<Record<string, readonly string[]>>;

function role(name: string, rules: readonly RuleFields[]): KubeInput {
  return { apiVersion, kind: "ClusterRole", metadata: { name, labels }, rules };
}

function binding(name: string, groups: readonly string[]): KubeInput {
  const subjects = groups.map((group) => ({ kind: "Group", name: group, apiGroup: "rbac.authorization.k8s.io" }));
  const roleRef = { kind: "ClusterRole", name, apiGroup: "rbac.authorization.k8s.io" };
  return { apiVersion, kind: "ClusterRoleBinding", metadata: { name, labels }, roleRef, subjects };
}

const urls = (...nonResourceURLs: readonly string[]): RuleFields => ({ verbs: ["get"], nonResourceURLs });
const resources = (apiGroup: string, list: readonly string[], verbs: readonly string[]): RuleFields => ({
  apiGroups: [apiGroup],
  resources: list,
  verbs,
});

const appResources = [
  "deployments",
  "deployments/scale",
  "replicasets",
  "replicasets/scale",
  "statefulsets",
  "statefulsets/scale",
  "daemonsets",
];

function viewRules(): readonly RuleFields[] {
  return [
    resources("", ["configmaps", "events", "namespaces", "pods", "serviceaccounts", "services"], readVerbs),
    resources("apps", appResources, readVerbs),
    resources("batch", ["jobs", "cronjobs"], readVerbs),
    resources("discovery.k8s.io", ["endpointslices"], readVerbs),
    resources("networking.k8s.io", ["networkpolicies"], readVerbs),
    resources("policy", ["poddisruptionbudgets"], readVerbs),
  ];
}

function editRules(): readonly RuleFields[] {
  return [
    ...viewRules(),
    resources("", ["secrets"], readVerbs),
    resources("", ["configmaps", "events", "pods", "secrets", "serviceaccounts", "services"], writeVerbs),
    resources("", ["serviceaccounts/token", "pods/eviction"], ["create"]),
    resources("policy", ["poddisruptionbudgets"], writeVerbs),
    resources("apps", appResources, writeVerbs),
    resources("batch", ["jobs", "cronjobs"], writeVerbs),
    resources("networking.k8s.io", ["networkpolicies"], writeVerbs),
    resources("coordination.k8s.io", ["leases"], [...readVerbs, ...writeVerbs]),
  ];
}

/** The roles and bindings that every cluster begins with. */
export const defaultRoles: readonly KubeInput[] = [
  role("cluster-admin", [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ]),
  role("admin", [
    ...editRules(),
    resources("rbac.authorization.k8s.io", ["roles", "rolebindings"], [...readVerbs, ...writeVerbs]),
  ]),
  role("edit", editRules()),
  role("view", viewRules()),
  role("system:discovery", [
    urls(
      "/api",
      "/api/*",
      "/apis",
      "/apis/*",
      "/healthz",
      "/livez",
      "/openapi",
      "/openapi/*",
      "/readyz",
      "/version",
      "/version/",
    ),
  ]),
  role("system:public-info-viewer", [urls("/healthz", "/livez", "/readyz", "/version", "/version/")]),
  role("system:basic-user", [
    resources("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
    resources("authentication.k8s.io", ["selfsubjectreviews"], ["create"]),
  ]),
  binding("cluster-admin", ["system:masters"]),
  binding("system:discovery", ["system:authenticated"]),
  binding("system:basic-user", ["system:authenticated"]),
  binding("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
];
