import { appendAudit, recordRefusal, type OrganisationTransaction } from "@isthmus/db";
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

/** An applicant that is not let in. */
export interface Refusal {
  readonly applicant: Applicant;
  readonly cluster: ClaimedCluster;
  readonly code: RefusalCode;
}

const audited: ReadonlySet<RefusalCode> = new Set(["wrong-cluster", "cluster-enrolled", "bad-proof", "grant-used"]);

/** Records a refusal for the cluster's page, and on the audit log where somebody may be trying. Does not fail. */
export async function noteRefusal(context: SessionContext, { applicant, cluster, code }: Refusal): Promise<void> {
  const { message } = REFUSALS[code];
  const { organisationId, clusterId, clusterName } = cluster;
  const at = new Date(context.clock.now());
  const { clusterUid, claim } = applicant.hello;
  const claimed = claim.case === "grantId" ? { grantId: claim.value } : { credentialId: claim.value ?? "" };
  try {
    await context.database.forOrganisation(organisationId).transaction(async (tx) => {
      const { remoteAddress } = applicant;
      const isNew = await recordRefusal(tx, { ...claimed, clusterId, code, message, remoteAddress, clusterUid, at });
      if (!isNew || !audited.has(code)) return;
      await appendAudit(tx, {
        actor: { kind: "agent", id: keyId(applicant.hello.publicKey), name: applicant.hello.instance.slice(0, 200) },
        action: "cluster.refuse",
        target: { kind: "cluster", id: clusterId, name: clusterName },
        detail: { after: { code, clusterUid }, note: message },
        ip: remoteAddress,
        at,
      });
    });
  } catch (error) {
    context.log.error({ err: error, cluster: clusterId, code }, "could not record a refusal");
  }
}

/** A grant that was redeemed. */
export interface Enrolment {
  readonly cluster: ClaimedCluster;
  readonly applicant: Applicant;
  readonly at: Date;
}

/** Puts an enrolment on the audit log. */
export async function auditEnrolment(
  tx: OrganisationTransaction,
  { cluster, applicant, at }: Enrolment,
): Promise<void> {
  const { hello, remoteAddress } = applicant;
  await appendAudit(tx, {
    actor: { kind: "agent", id: keyId(hello.publicKey), name: hello.instance.slice(0, 200) },
    action: "cluster.enrol",
    target: { kind: "cluster", id: cluster.clusterId, name: cluster.clusterName },
    detail: { after: { clusterUid: hello.clusterUid, key: keyId(hello.publicKey), grant: hello.claim.value ?? "" } },
    ip: remoteAddress,
    at,
  });
}
