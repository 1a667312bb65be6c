import {
  decideRedemption,
  findRedemption,
  listClusters,
  listFleetGrants,
  listMembers,
  listRedemptions,
  listSigningKeys,
  publish,
  wholeOf,
  type GrantRecord,
  type RedemptionRecord,
} from "@isthmus/db";
import { authorize, type Access, type Permission, type Resource } from "@isthmus/access";
import type { PersonContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { recordAct, type Acting } from "../../audit/server";
import { redemptionState } from "../model/redemption";
import { grantState, refusalAdvice } from "../model/enrolment";
import { fingerprintOf } from "./fingerprint";
import { fleetResource } from "./fleet";
import type { RedemptionDecisionInput } from "./inputs";
import { grantFacts, type Reading } from "./read";

/** What a person has to be permitted something of, to see a redemption or decide on it. */
const resourceOf = ({ clusterId, grant }: RedemptionRecord): Resource => {
  const known = clusterId ?? grant.clusterId;
  return known === null ? fleetResource(grant) : { kind: "cluster", clusterId: known };
};

const may = (access: Access, permission: Permission, resource: Resource) => authorize(access, permission, resource);

const LIST_LIMIT = 500;

/** Grants for fleets, redemptions of all grants, and the keys that new agents are told: what is in the person's reach. */
export async function enrolmentOverview({ organisation, server, access }: Reading & Pick<PersonContext, "access">) {
  const now = server.clock.now();
  return organisation.transaction(async (tx) => {
    const whole = wholeOf(tx);
    const grants = await listFleetGrants(whole, { limit: LIST_LIMIT });
    const redemptions = await listRedemptions(whole, { limit: LIST_LIMIT });
    const members = await listMembers(whole);
    const names = new Map(members.map(({ personId, displayName }) => [personId, displayName]));
    const clusters = await listClusters(tx);
    return {
      now,
      grants: grants
        .filter((grant) => may(access, "clusters.read", fleetResource(grant)))
        .map((grant) => grantLine(grant, { now, access, names })),
      redemptions: redemptions
        .filter((each) => may(access, "clusters.read", resourceOf(each)))
        .map((each) => redemptionLine(each, { now, access, names })),
      keys: (await listSigningKeys(tx)).map(({ keyId, state, createdAt }) => ({
        keyId,
        state,
        createdAt,
        // An agent learns of a key at the beginning of a session.
        unaware: clusters.flatMap(({ name, session }) =>
          session !== null && session.connectedAt < createdAt ? [name] : [],
        ),
      })),
    };
  });
}

interface Seeing {
  readonly now: number;
  readonly access: Access;
  readonly names: ReadonlyMap<string, string>;
}

const grantLine = (grant: GrantRecord, { now, access, names }: Seeing) => ({
  id: grant.id,
  namePrefix: grant.namePrefix,
  labels: grant.labels,
  needsApproval: grant.needsApproval,
  state: grantState(grantFacts(grant), now),
  createdAt: grant.createdAt,
  createdBy: names.get(grant.createdBy ?? "") ?? null,
  expiresAt: grant.expiresAt,
  redemptionsAllowed: grant.redemptionsAllowed,
  redemptionsUsed: grant.redemptionsUsed,
  lastRedeemedAt: grant.lastRedeemedAt,
  mayManage: may(access, "clusters.connect", fleetResource(grant)),
});

function redemptionLine(redemption: RedemptionRecord, { now, access, names }: Seeing) {
  const { grant, reason, publicKey, lastAttemptAt, decidedBy } = redemption;
  const facts = {
    createdAt: 0,
    expiresAt: grant.expiresAt.getTime(),
    redemptionsAllowed: grant.redemptionsAllowed,
    redemptionsUsed: grant.redemptionsUsed,
    ...(grant.revokedAt ? { revokedAt: grant.revokedAt.getTime() } : {}),
  };
  const state = redemptionState(redemption, grantState(facts, now));
  return {
    id: redemption.id,
    state,
    reason,
    advice: reason === "" ? "" : refusalAdvice({ at: lastAttemptAt.getTime(), code: reason, message: reason }),
    clusterUid: redemption.clusterUid,
    cluster: redemption.clusterName,
    keyFingerprint: fingerprintOf(publicKey),
    agentVersion: redemption.agentVersion,
    instance: redemption.instance,
    remoteAddress: redemption.remoteAddress,
    initiatedAt: redemption.initiatedAt,
    lastAttemptAt,
    completedAt: redemption.completedAt,
    decidedAt: redemption.decidedAt,
    decidedBy: names.get(decidedBy ?? "") ?? null,
    grant: {
      id: redemption.grantId,
      cluster: grant.clusterName,
      namePrefix: grant.namePrefix,
      labels: grant.labels,
      expiresAt: grant.expiresAt,
    },
    mayDecide: state === "waiting" && may(access, "clusters.connect", resourceOf(redemption)),
  };
}

const noRedemption = () =>
  new AppError("not-found", "There is no such redemption. It may have been of a cluster that was removed.");

/** Approves or refuses a redemption that waits; the agent asks again by itself. Refusal is final for that cluster. */
export async function decide(ctx: Acting, { redemptionId, decision }: RedemptionDecisionInput): Promise<void> {
  await ctx.organisation.transaction(async (tx) => {
    const redemption = await findRedemption(wholeOf(tx), redemptionId);
    if (redemption === undefined || !may(ctx.access, "clusters.read", resourceOf(redemption))) throw noRedemption();
    ctx.authorize("clusters.connect", resourceOf(redemption));
    const state = decision === "approve" ? "approved" : "refused";
    const at = new Date(ctx.server.clock.now());
    if (!(await decideRedemption(tx, { id: redemptionId, state, by: ctx.person.id, at }))) {
      throw new AppError("conflict", "It does not wait any more: somebody has decided, or the grant has ended.");
    }
    const { grant, clusterUid, publicKey, grantId } = redemption;
    await recordAct(tx, ctx, {
      action: `redemption.${decision}`,
      target: { kind: "redemption", id: redemptionId, name: `${grant.clusterName ?? grant.namePrefix} ${clusterUid}` },
      detail: { after: { clusterUid, key: fingerprintOf(publicKey), grant: grantId } },
    });
    await publish(tx, { topic: "session", id: grant.clusterId ?? grantId });
  });
}
