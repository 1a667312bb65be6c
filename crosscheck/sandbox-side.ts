import type { ClusterDataplane } from "../packages/sandbox/src/dataplane/cluster-dataplane";
import type { Hit, Policy, Verdict } from "../packages/sandbox/src/dataplane/model";
import { address, object, testCluster } from "../packages/sandbox/src/dataplane/testing/cluster";
import { spellPolicy, type Cluster, type Packet, type Side } from "./cluster";
import { objectsOf } from "./objects";

/** Goldmane's names of kinds, as the manifests name them. */
const KINDS = {
  CalicoNetworkPolicy: "NetworkPolicy",
  GlobalNetworkPolicy: "GlobalNetworkPolicy",
  NetworkPolicy: "KubernetesNetworkPolicy",
  ClusterNetworkPolicy: "ClusterNetworkPolicy",
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

/** Asks the dataplane about a packet at the endpoint that judges it. */
function judgeOf(cluster: Cluster, dataplane: ClusterDataplane): (packet: Packet) => Verdict {
  const program = dataplane.program();
  return ({ at, direction, source, destination, ...header }) => {
    const packet = { ...header, source: address(source), destination: address(destination) };
    if (at.kind === "pod") {
      const endpoint = program.endpointAt(address(cluster.pods[at.index]?.addresses[0] ?? ""));
      if (endpoint === undefined) throw new Error(`there is no pod ${at.index}`);
      return dataplane.judge(endpoint, direction, packet);
    }
    const host = program.hostEndpoint(at.name);
    if (host === undefined) throw new Error(`there is no host endpoint ${at.name}`);
    const { traffic, arrivedFor } = at;
    const arrived = arrivedFor === undefined ? undefined : { ...packet, destination: address(arrivedFor) };
    return dataplane.judgeHost({ host, direction, traffic, packet, ...(arrived && { arrived }) });
  };
}

/** The sandbox's dataplane, over the objects that its store would hold. */
export const side: Side = {
  name: "sandbox",
  open: (cluster) => {
    const objects = objectsOf(cluster).map(({ apiVersion, kind, metadata, rest }) =>
      object([apiVersion, kind], metadata, rest),
    );
    const { dataplane, notProgrammed } = testCluster(objects);
    dataplane.program();
    if (notProgrammed.length > 0) throw new Error(`the sandbox left out ${JSON.stringify(notProgrammed)}`);
    const judge = judgeOf(cluster, dataplane);
    return (packet) => {
      const { action, enforced, pending } = judge(packet);
      return { verdict: action, enforced: enforced.map(spell), pending: pending.map(spell) };
    };
  },
};
