import {
  findCluster,
  listCredentials,
  listGrants,
  listRedemptions,
  listRefusedConnections,
  listRevokedClusters,
  wholeOf,
  type CredentialRecord,
  type OrganisationTransaction,
} from "@isthmus/db";
import { factsOf, sessionFacts, statusOf } from "../model/from-record";
import { enrolmentSteps, grantState, refusalAdvice, type EnrolmentInput } from "../model/enrolment";
import { fingerprintOf } from "./fingerprint";
import { grantFacts, noCluster, type Reading } from "./read";

const fingerprint = (credential: CredentialRecord | undefined): string | undefined =>
  credential && fingerprintOf(credential.publicKey);

/** The agent that has shown a grant and waits for a person. */
async function waitingFor(tx: OrganisationTransaction, grantId: string): Promise<EnrolmentInput["waiting"]> {
  const [asked] = await listRedemptions(tx, { limit: 1, grantId });
  if (asked?.state !== "waiting") return undefined;
  const { initiatedAt, remoteAddress, clusterUid } = asked;
  return { at: initiatedAt.getTime(), remoteAddress, clusterUid };
}

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
    const waiting = grant && (await waitingFor(wholeOf(tx), grant.id));
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
      ...(waiting ? { waiting } : {}),
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
