import { appendAudit, noteRedemption, recordRefusal, type OrganisationTransaction } from "@isthmus/db";
import { REFUSALS, keyId, type Hello, type Proof, type RefusalCode } from "@isthmus/protocol";
import type { SessionContext } from "../context";

/** An agent that has proved its key and asks to be let in. */
export interface Applicant {
  readonly hello: Hello;
  readonly proof: Proof;
  readonly capabilities: readonly string[];
  readonly remoteAddress: string;
}

/** The cluster that a claim names. */
export interface ClaimedCluster {
  readonly organisationId: string;
  readonly clusterId: string;
  readonly clusterName: string;
}

/** What a claim that is not good names: a cluster, or a grant that makes clusters. */
export interface ClaimedPlace {
  readonly organisationId: string;
  readonly clusterId: string | null;
  readonly name: string;
}

/** An applicant that is not let in. */
export interface Refusal {
  readonly applicant: Applicant;
  readonly place: ClaimedPlace;
  readonly code: RefusalCode;
  /** The grant, where it was its secret that was shown, and nobody has written down yet what came of it. */
  readonly grantShown?: string;
}

/** What is kept of an applicant at a grant. */
export const attemptOf = ({ hello, remoteAddress }: Applicant) => ({
  clusterUid: hello.clusterUid.slice(0, 200),
  publicKey: hello.publicKey,
  agentVersion: hello.agentVersion.slice(0, 100),
  instance: hello.instance.slice(0, 200),
  remoteAddress,
});

const audited: ReadonlySet<RefusalCode> = new Set(["wrong-cluster", "cluster-enrolled", "bad-proof", "grant-used"]);

/** Records a refusal for the cluster's page, and on the audit log where somebody may be trying. Does not fail. */
export async function noteRefusal(context: SessionContext, refusal: Refusal): Promise<void> {
  const { applicant, place, code, grantShown } = refusal;
  const { message } = REFUSALS[code];
  const { organisationId, clusterId, name } = place;
  const at = new Date(context.clock.now());
  const { clusterUid, claim } = applicant.hello;
  const claimed = claim.case === "grantId" ? { grantId: claim.value } : { credentialId: claim.value ?? "" };
  try {
    await context.database.forOrganisation(organisationId).transaction(async (tx) => {
      const { remoteAddress } = applicant;
      if (grantShown !== undefined) {
        const attempt = { ...attemptOf(applicant), id: context.newId(), grantId: grantShown, at };
        await noteRedemption(tx, attempt, { state: "refused", reason: code });
      }
      const ofCluster = clusterId === null ? {} : { clusterId };
      const isNew = await recordRefusal(tx, { ...claimed, ...ofCluster, code, message, remoteAddress, clusterUid, at });
      if (!isNew || !audited.has(code)) return;
      await appendAudit(tx, {
        actor: { kind: "agent", id: keyId(applicant.hello.publicKey), name: applicant.hello.instance.slice(0, 200) },
        action: "cluster.refuse",
        target:
          clusterId === null
            ? { kind: "grant", id: claim.value ?? "", name }
            : { kind: "cluster", id: clusterId, name },
        detail: { after: { code, clusterUid }, note: message },
        ip: remoteAddress,
        at,
      });
    });
  } catch (error) {
    context.log.error({ err: error, cluster: clusterId ?? name, code }, "could not record a refusal");
  }
}

/** A grant that was redeemed. */
export interface Enrolment {
  readonly cluster: ClaimedCluster;
  readonly applicant: Applicant;
  /** Of a cluster that came to be by it. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly at: Date;
}

/** Puts an enrolment on the audit log. */
export async function auditEnrolment(
  tx: OrganisationTransaction,
  { cluster, applicant, labels, at }: Enrolment,
): Promise<void> {
  const { hello, remoteAddress } = applicant;
  const made = labels === undefined ? {} : { name: cluster.clusterName, labels };
  await appendAudit(tx, {
    actor: { kind: "agent", id: keyId(hello.publicKey), name: hello.instance.slice(0, 200) },
    action: "cluster.enrol",
    target: { kind: "cluster", id: cluster.clusterId, name: cluster.clusterName },
    detail: {
      after: { ...made, clusterUid: hello.clusterUid, key: keyId(hello.publicKey), grant: hello.claim.value ?? "" },
    },
    ip: remoteAddress,
    at,
  });
}
