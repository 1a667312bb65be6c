import type { MeshProblem } from "@isthmus/policy-engine";
import { holdsPlace, holdsPolicy, type Reach } from "./reach";
import { prismaOf, type OrganisationTransaction } from "./transaction";

interface WithProblems {
  readonly clusterId: string;
  readonly problems: readonly MeshProblem[];
}

/** What is out of sight, as far as a sentence could name it. */
interface Unseen {
  readonly reach: Reach;
  /** Names and ids of clusters. */
  readonly clusters: readonly string[];
  /** Tier and namespace of each policy. */
  readonly policies: ReadonlyMap<string, { readonly tier: string; readonly namespace: string }>;
}

/**
 * The problems of clusters that a reader may know of. One of a policy is shown where the policy can be read in that
 * cluster, any other to who can read all publications of the cluster. A sentence that names what is out of sight is not
 * told: that there is a problem, and how grave it is, stays.
 */
export async function problemsInReach<T extends WithProblems>(
  tx: OrganisationTransaction,
  rows: readonly T[],
): Promise<readonly T[]> {
  const { reach } = tx;
  if (reach === undefined || rows.every(({ problems }) => problems.length === 0)) return rows;
  const unseen = await readUnseen(tx, reach);
  return rows.map((row) => ({
    ...row,
    problems: row.problems
      .filter((problem) => isShown(problem, row.clusterId, unseen))
      .map((each) => told(each, unseen)),
  }));
}

async function readUnseen(tx: OrganisationTransaction, reach: Reach): Promise<Unseen> {
  const clusters = await prismaOf(tx).cluster.findMany({ select: { id: true, name: true } });
  const policies = await prismaOf(tx).policy.findMany({
    select: { id: true, namespace: true, tier: { select: { name: true } } },
  });
  const seen = reach.clusters;
  return {
    reach,
    clusters: clusters.filter(({ id }) => seen !== "all" && !seen.has(id)).flatMap(({ id, name }) => [id, name]),
    policies: new Map(policies.map(({ id, namespace, tier }) => [id, { namespace, tier: tier.name }])),
  };
}

function isShown({ policyId }: MeshProblem, clusterId: string, { reach, policies }: Unseen): boolean {
  if (policyId === undefined) return holdsPlace(reach.publications, clusterId);
  const policy = policies.get(policyId);
  return policy !== undefined && holdsPolicy(reach, { ...policy, clusterId });
}

const untold = "What keeps this from being whole lies outside of what you can see. Ask whoever looks after the mesh.";

function told(problem: MeshProblem, { reach, clusters }: Unseen): MeshProblem {
  const { message, hint = "", identity, ref } = problem;
  const names = clusters.some((name) => message.includes(name) || hint.includes(name));
  const foreign =
    identity !== undefined && !holdsPlace(reach.publications, identity.sourceClusterId, identity.namespace);
  const object = ref !== undefined && !isObjectSeen(problem, reach);
  if (!names && !foreign && !object) return problem;
  const { code, severity, clusterId, policyId } = problem;
  return {
    code,
    severity,
    message: untold,
    ...(clusterId === undefined ? {} : { clusterId }),
    ...(policyId === undefined ? {} : { policyId }),
  };
}

const isObjectSeen = ({ ref, clusterId }: MeshProblem, { inventory }: Reach): boolean =>
  ref === undefined || clusterId === undefined || holdsPlace(inventory, clusterId, ref.namespace);
