import type { Answered } from "../api-under-test";
import { expectOk } from "../expect";
import type { Workspace } from "../workspace";

export const V3 = "projectcalico.org/v3";
export const RESOURCES = "https://docs.tigera.io/calico/latest/reference/resources";
export const TIERS = `/apis/${V3}/tiers`;

/** A spec as a manifest has it. */
export type Spec = Readonly<Record<string, unknown>>;

/** A manifest of one of Calico's kinds. */
export const calico = (kind: string, name: string, spec: Spec) => ({ apiVersion: V3, kind, metadata: { name }, spec });

/** Just before the tier `default`, behind the tiers of people; since its policies select nothing, nothing is judged differently. */
export const LAST = 999_999;

/** Creates a tier that passes on whatever its policies have no opinion on, and answers its name. */
export async function createTier(workspace: Workspace): Promise<string> {
  const name = workspace.name("tier");
  expectOk(await workspace.create(TIERS, calico("Tier", name, { order: LAST, defaultAction: "Pass" })));
  return name;
}

/** Selects nothing that exists. */
export const NOTHING = "isthmus.io/conformance == 'selects-nothing'";

/** Creates a policy `<tier>.<name>` that selects nothing; it goes before its tier, which waits for it. */
export const createPolicy = (
  { create, inGroup }: Workspace,
  name: `${string}.${string}`,
  spec: Spec = {},
): Promise<Answered> => {
  const tier = name.slice(0, name.lastIndexOf("."));
  const body = calico("NetworkPolicy", name, { tier, selector: NOTHING, ...spec });
  return create(inGroup(V3, "networkpolicies"), body);
};

/** Refused as input; the flavours of Calico's API do it with different codes. */
export const refused = ({ code }: Answered): boolean => code === 400 || code === 422 || code === 403;

/** Grants an account of the workspace rules of its own in the whole cluster. */
export async function bindEverywhere(workspace: Workspace, account: string, rules: readonly unknown[]): Promise<void> {
  const group = "rbac.authorization.k8s.io/v1";
  const name = workspace.name("role");
  const base = `/apis/${group}`;
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
  const subjects = [{ kind: "ServiceAccount", name: account, namespace: workspace.namespace }];
  const common = { apiVersion: group, metadata: { name } };
  expectOk(await workspace.create(`${base}/clusterroles`, { ...common, kind: "ClusterRole", rules }));
  expectOk(
    await workspace.create(`${base}/clusterrolebindings`, {
      ...common,
      kind: "ClusterRoleBinding",
      roleRef,
      subjects,
    }),
  );
}
