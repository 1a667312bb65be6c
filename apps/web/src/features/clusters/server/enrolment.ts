import {
  findCluster,
  listCredentials,
  listGrants,
  listRedemptions,
  listRefusedConnections,
  listRevokedClusters,
  wholeOf,
  type CredentialRecord,
} from "@isthmus/db";
import { factsOf, sessionFacts, statusOf } from "../model/from-record";
import { enrolmentSteps, grantState, refusalAdvice, type EnrolmentInput } from "../model/enrolment";
import { fingerprintOf } from "./fingerprint";
import { grantFacts, noCluster, type Reading } from "./read";

const fingerprint = (credential: CredentialRecord | undefined): string | undefined =>
  credential && fingerprintOf(credential.publicKey);

/** How far the enrolment of a cluster has come: what the panel "Connect" follows, and what a script may poll. */
export async function enrolmentStatus({ organisation, server }: Reading, clusterId: string) {
  const now = server.clock.now();
  return organisation.transaction(async (tx) => {
    const cluster = await findCluster(tx, clusterId);
    if (!cluster) throw noCluster();
    const [grant] = await listGrants(tx, clusterId);
    const credentials = await listCredentials(tx, clusterId);
    const revoked = await listRevokedClusters(tx);
    const refused = await listRefusedConnections(tx, {
      clusterId,
      since: grant?.createdAt ?? cluster.createdAt,
      limit: 10,
    });
    const [asked] = grant ? await listRedemptions(wholeOf(tx), { limit: 1, grantId: grant.id }) : [];
    const waiting = asked?.state === "waiting" ? asked : undefined;
    const facts = factsOf(cluster);
    const keyFingerprint = fingerprint(credentials.find((each) => each.revokedAt === null));
    const refusals = refused.map(({ at, code, message, remoteAddress }) => ({
      at: at.getTime(),
      code,
      message,
      remoteAddress,
    }));
    const input: EnrolmentInput = {
      refusals,
      ...(waiting
        ? {
            waiting: {
              at: waiting.initiatedAt.getTime(),
              remoteAddress: waiting.remoteAddress,
              clusterUid: waiting.clusterUid,
            },
          }
        : {}),
      ...(grant ? { grant: grantFacts(grant) } : {}),
      ...(facts ? { facts } : {}),
      ...(cluster.kubeSystemUid === null ? {} : { kubeSystemUid: cluster.kubeSystemUid }),
      ...(cluster.firstSyncedAt ? { firstSyncedAt: cluster.firstSyncedAt.getTime() } : {}),
      ...(cluster.session
        ? {
            session: {
              ...sessionFacts(cluster.session),
              ...(cluster.session.remoteAddress === "" ? {} : { remoteAddress: cluster.session.remoteAddress }),
              ...(keyFingerprint === undefined ? {} : { keyFingerprint }),
            },
          }
        : {}),
    };
    return {
      now,
      cluster: { id: cluster.id, name: cluster.name, ordinal: cluster.ordinal, labels: cluster.labels },
      status: statusOf(cluster, revoked.get(cluster.id), now),
      steps: enrolmentSteps(input, now),
      grant: grant
        ? {
            id: grant.id,
            ...grantFacts(grant),
            lastRedeemedAt: grant.lastRedeemedAt?.getTime() ?? null,
            pinnedKeyIds: grant.options.pinnedKeyIds,
            state: grantState(grantFacts(grant), now),
          }
        : null,
      refusals: refusals.map((refusal) => ({ ...refusal, advice: refusalAdvice(refusal) })),
    };
  });
}
