import type { Cidr } from "../net/address";
import { cidrsOverlap, formatCidr, parseCidrOrAddress } from "../net/address";
import { compareBytes } from "../text/order";
import { clusterView, type PodView } from "./cluster-view";
import { failure, listNames } from "./problem";
import type { Mesh } from "./mesh";
import type { MeshCluster, MeshProblem } from "./types";

/** The pods of one namespace of one cluster that a person approved to be known in another. */
export interface Approved {
  readonly source: MeshCluster;
  readonly pods: readonly PodView[];
}

/** What is approved for a cluster and has a way there, and what has none. */
export interface Approvals {
  readonly approved: readonly Approved[];
  readonly problems: readonly MeshProblem[];
}

/** The pod ranges of a cluster that can be read. */
export const podRanges = (cluster: MeshCluster): readonly Cidr[] =>
  cluster.podCidrs.flatMap((text) => parseCidrOrAddress(text)?.cidr ?? []);

/** Overlapping pod ranges of two clusters, as pairs of texts. */
function overlaps(a: MeshCluster, b: MeshCluster): readonly (readonly [string, string])[] {
  return podRanges(a).flatMap((left) =>
    podRanges(b).flatMap((right) =>
      cidrsOverlap(left, right) ? [[formatCidr(left), formatCidr(right)] as const] : [],
    ),
  );
}

/** Why nothing may be published from one cluster into another. */
function pairProblem(source: MeshCluster, target: MeshCluster): MeshProblem | undefined {
  if (source.network !== target.network) {
    return failure({
      code: "different-networks",
      message: `nothing is published from \`${source.name}\` to \`${target.name}\`: pod addresses of network \`${source.network}\` mean nothing in \`${target.network}\``,
      hint: "identities travel within one routable network",
    });
  }
  const pairs = overlaps(source, target);
  if (pairs.length === 0) return undefined;
  const ranges = pairs.map(([left, right]) => `${left} of \`${source.name}\` and ${right} of \`${target.name}\``);
  return failure({
    code: "overlapping-pod-ranges",
    message: `nothing is published from \`${source.name}\` to \`${target.name}\`: their pod ranges overlap, ${listNames(ranges)}`,
    hint: "give one of the clusters another range, or put them into different networks",
  });
}

const inOrder = <T>(map: ReadonlyMap<string, T>): readonly T[] =>
  [...map].sort(([a], [b]) => compareBytes(a, b)).map(([, value]) => value);

/** The approved publications into a cluster. */
export function approvalsFor(mesh: Mesh, target: MeshCluster): Approvals {
  const approved = new Map<string, Approved>();
  const problems = new Map<string, MeshProblem>();
  for (const { sourceClusterId, namespace } of mesh.publicationsInto(target.id)) {
    const source = mesh.cluster(sourceClusterId);
    if (!source || source.id === target.id) continue;
    const problem = pairProblem(source, target);
    if (problem) problems.set(source.id, problem);
    else {
      const pods = clusterView(source).podsIn.get(namespace) ?? [];
      approved.set(`${source.id}/${namespace}`, { source, pods });
    }
  }
  return { approved: inOrder(approved), problems: inOrder(problems) };
}
