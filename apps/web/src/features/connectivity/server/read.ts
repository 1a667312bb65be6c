import { isDeepStrictEqual } from "node:util";
import {
  listClusterProbes,
  listCureApprovals,
  listLatestProbes,
  listMembers,
  listProbeHistory,
  listProbeTargets,
  type OrganisationTransaction,
  type ProbeResultRecord,
} from "@isthmus/db";
import { ROUTING_KINDS, contentHash, curesOf, judgeReach, type Cure, type Reach } from "@isthmus/policy-engine";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { cameTrue } from "./came-true";
import { measuredOf, type ProbeFact, type ProbePart } from "../model/measured";
import type { PairInput } from "./inputs";
import { routedClusters, type RoutedCluster } from "./routing";

/** What reading needs of a request. */
export type Reading = Pick<PersonContext, "organisation"> & Pick<RequestContext, "server">;

const factOf = ({ at, sourceClusterId: _from, targetClusterId: _to, ...rest }: ProbeResultRecord): ProbeFact => ({
  ...rest,
  at: at.getTime(),
});

interface PartRow extends ProbePart {
  readonly changedAt: number | null;
}

async function probeParts(
  tx: OrganisationTransaction,
  clusters: readonly RoutedCluster[],
): Promise<ReadonlyMap<string, PartRow>> {
  const decided = new Map((await listClusterProbes(tx)).map((each) => [each.clusterId, each]));
  const pods = new Map((await listProbeTargets(tx)).map((each) => [each.clusterId, each.address]));
  return new Map(
    clusters.map(({ record: { id, name, session } }) => {
      const decision = decided.get(id);
      return [
        id,
        {
          name,
          enabled: decision?.enabled === true,
          podAddress: pods.get(id) ?? null,
          heard: session !== null && session.disconnectedAt === null,
          changedAt: decision?.changedAt.getTime() ?? null,
        },
      ];
    }),
  );
}

const noPart = (name: string): ProbePart => ({ name, enabled: false, podAddress: null, heard: false });
const pairKey = (from: string, to: string): string => `${from} ${to}`;

/** Every pair of clusters in reach: what is expected of it, and what is measured. */
export async function connectivityMatrix({ organisation, server }: Reading) {
  const now = server.clock.now();
  return organisation.transaction(async (tx) => {
    const clusters = await routedClusters(tx, now);
    const parts = await probeParts(tx, clusters);
    const partOf = ({ record: { id, name } }: RoutedCluster): ProbePart => parts.get(id) ?? noPart(name);
    const latest = new Map(
      (await listLatestProbes(tx)).map((each) => [pairKey(each.sourceClusterId, each.targetClusterId), factOf(each)]),
    );
    const pairs = clusters.flatMap((from) =>
      clusters
        .filter((to) => to !== from)
        .map((to) => ({
          from: from.record.id,
          to: to.record.id,
          expected: judgeReach(from.routing, to.routing).kind,
          measured: measuredOf(
            latest.get(pairKey(from.record.id, to.record.id)),
            { from: partOf(from), to: partOf(to) },
            now,
          ),
        })),
    );
    return {
      now,
      clusters: clusters.map(({ record: { id, name, ordinal, labels, firstSyncedAt }, unknownSince }) => ({
        id,
        name,
        ordinal,
        labels,
        joined: firstSyncedAt !== null,
        unknownSince,
        probe: parts.get(id) ?? { ...noPart(name), changedAt: null },
      })),
      pairs,
    };
  });
}

/** The error for a pair of which an end is not there or not in reach: nobody learns which. */
export const noPair = () =>
  new AppError("not-found", "There is no such pair of clusters. One may have been removed; go back to the matrix.");

/** Both ends of a pair, where both are in reach. */
export function endsOf(clusters: readonly RoutedCluster[], { from, to }: PairInput) {
  const [source, target] = [from, to].map((id) => clusters.find(({ record }) => record.id === id));
  if (source === undefined || target === undefined || from === to) throw noPair();
  return { source, target };
}

/** A cure's identity: what is approved is exactly what was shown. */
export const digestOf = (cure: Extract<Cure, { kind: "manifest" }>): string => contentHash(cure.manifest);

/** One pair: why it is expected so, what was measured of late, and what would cure it. */
export async function connectivityPair({ organisation, server }: Reading, input: PairInput) {
  const now = server.clock.now();
  return organisation.transaction(async (tx) => {
    const clusters = await routedClusters(tx, now);
    const { source, target } = endsOf(clusters, input);
    const parts = await probeParts(tx, clusters);
    const history = (await listProbeHistory(tx, { sourceClusterId: input.from, targetClusterId: input.to })).map(
      factOf,
    );
    const reach = judgeReach(source.routing, target.routing);
    return {
      now,
      expected: reach,
      measured: measuredOf(
        history[0],
        {
          from: parts.get(input.from) ?? noPart(source.record.name),
          to: parts.get(input.to) ?? noPart(target.record.name),
        },
        now,
      ),
      history,
      ends: [source, target].map(endFacts),
      cures: await curesWithState(tx, curesFor({ source, target }, reach)),
      approved: await approvalsOf(tx, { source, target }),
    };
  });
}

function endFacts({ record, routing, isHidden, unknownSince }: RoutedCluster) {
  const { podCidrs, serviceCidrs, pools, bgp, missing } = routing;
  return {
    id: record.id,
    name: record.name,
    ordinal: record.ordinal,
    joined: record.firstSyncedAt !== null,
    isHidden,
    unknownSince,
    podCidrs,
    serviceCidrs,
    pools,
    asNumber: missing.includes("BGP configuration") ? null : bgp.asNumber,
    peers: bgp.peers.map(({ name, address, asNumber }) => ({ name, address, asNumber: asNumber ?? null })),
    missing,
  };
}

interface Ends {
  readonly source: RoutedCluster;
  readonly target: RoutedCluster;
}

/** What would cure a pair; that the agent reads more cures nothing where it is the person who may not, or nobody joined. */
function curesFor({ source, target }: Ends, reach: Reach): readonly Cure[] {
  const isOfAgents = [source, target].some(
    ({ record: { firstSyncedAt, routingKinds }, isHidden }) =>
      !isHidden && firstSyncedAt !== null && ROUTING_KINDS.some((kind) => !routingKinds.includes(kind)),
  );
  return curesOf(source.routing, target.routing, reach).filter(({ code }) => code !== "read-facts" || isOfAgents);
}

async function curesWithState(tx: OrganisationTransaction, cures: readonly Cure[]) {
  const approvals = await listCureApprovals(tx);
  return cures.map((cure) => {
    if (cure.kind === "words") return cure;
    const { kind, metadata } = cure.manifest;
    const approval = approvals.find(
      (each) => each.clusterId === cure.clusterId && each.kind === kind && each.name === metadata.name,
    );
    const isSame = approval !== undefined && isDeepStrictEqual(approval.manifest, cure.manifest);
    return { ...cure, digest: digestOf(cure), approvedAt: isSame ? approval.approvedAt.getTime() : null };
  });
}

/** What was approved for this pair, and whether it came true in its cluster. */
async function approvalsOf(tx: OrganisationTransaction, { source, target }: Ends) {
  const ids = [source.record.id, target.record.id];
  const people = new Map((await listMembers(tx)).map((each) => [each.personId, each.displayName]));
  return (await listCureApprovals(tx))
    .filter(({ clusterId, aboutClusterId }) => ids.includes(clusterId) && ids.includes(aboutClusterId))
    .map(({ clusterId, kind, name, manifest, approvedBy, approvedAt }) => {
      const holder = clusterId === source.record.id ? source : target;
      return {
        clusterId,
        cluster: holder.record.name,
        kind,
        name,
        manifest,
        by: people.get(approvedBy) ?? "somebody who has left",
        at: approvedAt.getTime(),
        cameTrue: cameTrue(manifest, holder.objects),
      };
    });
}
