import { CALICO_KINDS, apiGroup, type InspectCluster, type ResourceKind } from "@isthmus/k8s";
import type { AgentArguments } from "../../arguments";
import { WRITTEN_KINDS } from "../../sources/kubernetes/cluster-facts";
import { watchedKinds, type CalicoApi } from "../../sources/kubernetes/watched-kinds";
import type { Permission, PermissionSeen } from "../observation";

const AT_ONCE = 8;
const WRITING = ["create", "update", "patch", "delete"] as const;
/** Calico checks writes to policies a second time, under these names. */
const TIERED = [
  CALICO_KINDS.networkPolicies,
  CALICO_KINDS.globalNetworkPolicies,
  CALICO_KINDS.stagedNetworkPolicies,
  CALICO_KINDS.stagedGlobalNetworkPolicies,
];

const of = (use: Permission["use"], verbs: readonly string[], kind: ResourceKind): readonly Permission[] =>
  verbs.map((verb) => ({ use, verb, group: apiGroup(kind.apiVersion), resource: kind.plural }));

type Given = Pick<AgentArguments, "goldmaneTlsSecret" | "goldmaneCa" | "identitySecret" | "goldmane">;

/** Every permission that the agent uses in a cluster that serves Calico's kinds so. */
export function permissionsNeeded(calico: CalicoApi, given: Given): readonly Permission[] {
  const writes = calico === "projectcalico.org/v3";
  return [
    ...watchedKinds(calico).flatMap((kind) => of("inventory", ["list", "watch"], kind)),
    ...(writes ? WRITTEN_KINDS.flatMap((kind) => of("writes", WRITING, kind)) : []),
    ...(writes ? TIERED.flatMap((kind) => of("writes", WRITING, { ...kind, plural: `tier.${kind.plural}` })) : []),
    ...objects(given),
    ...EXAMINATION,
  ];
}

function objects({ goldmaneTlsSecret, goldmaneCa, identitySecret, goldmane }: Given): readonly Permission[] {
  const core = { group: "" } as const;
  const tls = goldmane === "" ? undefined : goldmaneTlsSecret;
  const ca = goldmane === "" ? undefined : goldmaneCa;
  return [
    ...(tls ? [{ ...core, use: "goldmane", verb: "get", resource: "secrets", ...tls } as const] : []),
    ...(ca
      ? [
          {
            ...core,
            use: "goldmane",
            verb: "get",
            resource: ca.kind === "Secret" ? "secrets" : "configmaps",
            namespace: ca.namespace,
            name: ca.name,
          } as const,
        ]
      : []),
    ...(["get", "update"] as const).map(
      (verb) => ({ ...core, use: "identity", verb, resource: "secrets", ...identitySecret }) as const,
    ),
  ];
}

/** Reads that only the examination makes; without them a finding is unknown, and all else works. */
const EXAMINATION: readonly Permission[] = [
  {
    use: "examination",
    verb: "get",
    group: "apiregistration.k8s.io",
    resource: "apiservices",
    name: "v3.projectcalico.org",
  },
  { use: "examination", verb: "get", group: "operator.tigera.io", resource: "installations", name: "default" },
  { use: "examination", verb: "list", group: "networking.k8s.io", resource: "servicecidrs" },
];

/** Asks the API server about each. */
export async function observePermissions(
  api: Pick<InspectCluster, "mayI">,
  needed: readonly Permission[],
): Promise<readonly PermissionSeen[]> {
  const seen: PermissionSeen[] = [];
  for (let from = 0; from < needed.length; from += AT_ONCE) {
    const some = needed.slice(from, from + AT_ONCE).map(async (permission): Promise<PermissionSeen> => {
      const { use: _use, ...question } = permission;
      const answer = await api.mayI(question);
      return { ...permission, allowed: answer.ok ? answer.value : "unknown" };
    });
    seen.push(...(await Promise.all(some)));
  }
  return seen;
}
