import type { Hit, Policy } from "../packages/sandbox/src/dataplane/model";
import { address, object, testCluster } from "../packages/sandbox/src/dataplane/testing/cluster";
import { spellPolicy, type Side } from "./cluster";
import { objectsOf } from "./objects";

/** Goldmane's names of kinds, as the manifests name them. */
const KINDS = {
  CalicoNetworkPolicy: "NetworkPolicy",
  GlobalNetworkPolicy: "GlobalNetworkPolicy",
  NetworkPolicy: "KubernetesNetworkPolicy",
  ClusterNetworkPolicy: "KubernetesClusterNetworkPolicy",
} as const;

const ACTIONS = { allow: "Allow", deny: "Deny", pass: "Pass" } as const;

const spellOne = ({ kind, staged, namespace, name }: Policy): string =>
  spellPolicy(`${staged ? "Staged" : ""}${KINDS[kind]}`, namespace, name);

function spell(hit: Hit): string {
  const action = ACTIONS[hit.action];
  switch (hit.kind) {
    case "rule":
      return `${hit.policy.tier}|${spellOne(hit.policy)}|${hit.ruleIndex}|${action}`;
    case "end-of-tier":
      return `${hit.tier}|${spellOne(hit.trigger)}|end|${action}`;
    case "profile":
      return `profile|${hit.name}|${hit.ruleIndex}|${action}`;
  }
}

/** The sandbox's dataplane, over the objects that its store would hold. */
export const side: Side = {
  name: "sandbox",
  open: (cluster) => {
    const objects = objectsOf(cluster).map(({ apiVersion, kind, metadata, rest }) =>
      object([apiVersion, kind], metadata, rest),
    );
    const { dataplane, notProgrammed } = testCluster(objects);
    const program = dataplane.program();
    if (notProgrammed.length > 0) throw new Error(`the sandbox left out ${JSON.stringify(notProgrammed)}`);
    return ({ at, direction, source, destination, ...header }) => {
      const endpoint = program.endpointAt(address(cluster.pods[at]?.address ?? ""));
      if (endpoint === undefined) throw new Error(`there is no pod ${at}`);
      const packet = { ...header, source: address(source), destination: address(destination) };
      const { action, enforced, pending } = dataplane.judge(endpoint, direction, packet);
      return { verdict: action, enforced: enforced.map(spell), pending: pending.map(spell) };
    };
  },
};
