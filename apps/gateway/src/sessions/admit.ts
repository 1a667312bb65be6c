import { create } from "@bufbuild/protobuf";
import {
  openAgentSessionLease,
  redeemGrant,
  findDesiredRevision,
  publish,
  type IssuedCredential,
  type OrganisationTransaction,
} from "@isthmus/db";
import { CredentialIssuedSchema, WelcomeSchema, type RefusalCode, type Welcome } from "@isthmus/protocol";
import { err, ok, type Result } from "@isthmus/std";
import type { SessionContext, SessionOwner } from "../context";
import { evidenceMarks } from "./evidence-marks";
import { attemptOf, auditEnrolment, noteRefusal, type Applicant, type ClaimedCluster } from "./admission-records";
import { CREDENTIAL_LIFETIME_MS, decideCredential, decideGrant, type Shown } from "./admission";

/** A session that was let in. */
export interface Admitted {
  readonly owner: SessionOwner;
  readonly welcome: Welcome;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Looks the claim up and lets the agent in, which takes the cluster's lease from whoever holds it. */
export async function admit(context: SessionContext, applicant: Applicant): Promise<Result<Admitted, RefusalCode>> {
  const { hello, proof } = applicant;
  const shown = { publicKey: hello.publicKey, clusterUid: hello.clusterUid, grantSecret: proof.grantSecret };
  const id = hello.claim.value ?? "";
  return hello.claim.case === "grantId"
    ? await admitGrant(context, applicant, { id, shown })
    : await admitCredential(context, applicant, { id, shown });
}

interface Claim {
  readonly id: string;
  readonly shown: Shown;
}

async function admitGrant(
  context: SessionContext,
  applicant: Applicant,
  claim: Claim,
): Promise<Result<Admitted, RefusalCode>> {
  const { database, clock } = context;
  const grant = uuid.test(claim.id) ? await database.lookups.findGrant(claim.id) : undefined;
  const decision = decideGrant(grant, claim.shown, clock.now());
  if (grant === undefined) return err("grant-unknown");
  if (decision !== "redeem") {
    if (decision !== "grant-unknown")
      await noteRefusal(context, { applicant, place: grant, code: decision, grantShown: grant.id });
    return err(decision);
  }
  const outcome = await database
    .forOrganisation(grant.organisationId)
    .transaction((tx) => redeem(context, tx, { applicant, grantId: grant.id }));
  // One that waits is no refusal to be looked into: it stands among the redemptions.
  if (!outcome.ok && outcome.error !== "grant-pending")
    await noteRefusal(context, { applicant, place: grant, code: outcome.error });
  return await withMarks(context, outcome);
}

interface Redeeming {
  readonly applicant: Applicant;
  readonly grantId: string;
}

async function redeem(
  context: SessionContext,
  tx: OrganisationTransaction,
  { applicant, grantId }: Redeeming,
): Promise<Result<Admitted, RefusalCode>> {
  const at = new Date(context.clock.now());
  const redeemed = await redeemGrant(tx, {
    ...attemptOf(applicant),
    grantId,
    credentialId: context.newId(),
    newId: context.newId,
    at,
    expiresAt: new Date(at.getTime() + CREDENTIAL_LIFETIME_MS),
  });
  // Who looks at the enrolment's page sees what waits, and what failed.
  await publish(tx, { topic: "session", id: redeemed.kind === "refused" ? grantId : redeemed.cluster.id });
  if (redeemed.kind === "refused") return err(redeemed.code);
  const { credential, labels } = redeemed;
  const { id: clusterId, name: clusterName } = redeemed.cluster;
  const cluster = { organisationId: tx.organisationId, clusterId, clusterName };
  if (redeemed.kind === "redeemed") await auditEnrolment(tx, { cluster, applicant, labels, at });
  return ok(await open(context, tx, { applicant, cluster, credential, isNew: true }));
}

async function admitCredential(
  context: SessionContext,
  applicant: Applicant,
  claim: Claim,
): Promise<Result<Admitted, RefusalCode>> {
  const { database, clock } = context;
  const credential = uuid.test(claim.id) ? await database.lookups.findCredential(claim.id) : undefined;
  const decision = decideCredential(credential, claim.shown, clock.now());
  if (credential === undefined) return err("credential-unknown");
  if (decision !== "resume") {
    await noteRefusal(context, { applicant, place: { ...credential, name: credential.clusterName }, code: decision });
    return err(decision);
  }
  const issued = { credentialId: credential.id, issuedAt: credential.issuedAt, expiresAt: credential.expiresAt };
  const admitted = await database
    .forOrganisation(credential.organisationId)
    .transaction((tx) => open(context, tx, { applicant, cluster: credential, credential: issued, isNew: false }));
  return await withMarks(context, ok(admitted));
}

interface Opening {
  readonly applicant: Applicant;
  readonly cluster: ClaimedCluster;
  readonly credential: IssuedCredential;
  readonly isNew: boolean;
}

async function open(context: SessionContext, tx: OrganisationTransaction, opening: Opening): Promise<Admitted> {
  const { applicant, cluster, credential, isNew } = opening;
  const { hello } = applicant;
  const { organisationId, clusterId, clusterName } = cluster;
  const sessionId = context.newId();
  const nowMs = context.clock.now();
  const leaseTerm = await openAgentSessionLease(tx, {
    clusterId,
    sessionId,
    gatewayId: context.gatewayId,
    credentialId: credential.credentialId,
    instance: hello.instance.slice(0, 200),
    agentVersion: hello.agentVersion.slice(0, 100),
    remoteAddress: applicant.remoteAddress,
    at: new Date(nowMs),
  });
  const desired = await findDesiredRevision(tx, clusterId);
  const welcome = create(WelcomeSchema, {
    sessionId,
    leaseTerm,
    clusterId,
    clusterName,
    heartbeatMs: context.limits.heartbeatMs,
    serverTimeMs: BigInt(nowMs),
    desiredRevision: desired?.revision ?? 0n,
    maxFrameBytes: context.limits.maxFrameBytes,
    evidenceWindow: context.limits.evidenceWindow,
  });
  if (isNew) welcome.credential = credentialMessage(credential);
  return {
    owner: {
      organisationId,
      clusterId,
      clusterName,
      sessionId,
      leaseTerm,
      credentialId: credential.credentialId,
      publicKey: hello.publicKey,
      clusterUid: hello.clusterUid,
      capabilities: applicant.capabilities,
    },
    welcome,
  };
}

/** A credential as the wire carries it. */
export function credentialMessage(credential: IssuedCredential) {
  return create(CredentialIssuedSchema, {
    credentialId: credential.credentialId,
    issuedAtMs: BigInt(credential.issuedAt.getTime()),
    expiresAtMs: BigInt(credential.expiresAt.getTime()),
  });
}

const MARKS_TIMEOUT_MS = 2_000;

// An agent that knows where it is needs no marks; another one comes again where they could not be read.
async function withMarks<E>(context: SessionContext, admitted: Result<Admitted, E>): Promise<Result<Admitted, E>> {
  if (!admitted.ok) return admitted;
  const { owner, welcome } = admitted.value;
  try {
    const stop = new AbortController();
    const late = context.clock
      .sleep(MARKS_TIMEOUT_MS, stop.signal)
      .then(() => Promise.reject(new Error("took too long")));
    const marks = await Promise.race([evidenceMarks(context, owner), late]).finally(() => stop.abort());
    welcome.evidenceMarks = [...marks];
  } catch (error) {
    welcome.evidenceMarksUnknown = true;
    context.log.warn({ err: error, cluster: owner.clusterId }, "could not read evidence marks");
  }
  return admitted;
}
