import { z } from "zod";
import { endpoint, listOf, moment, pageOf, paging, type Endpoint } from "../endpoint";
import { agentOptions, grantTerms, shownGrant } from "./grant-fields";

const tag = "Clusters";
const labels = z.record(z.string(), z.string());

const fleetGrant = z
  .object({
    id: z.uuid(),
    namePrefix: z.string().describe("What the names of its clusters begin with."),
    labels,
    needsApproval: z.boolean(),
    state: z.string().describe("“open”, “used”, “expired” or “revoked”."),
    createdAt: moment,
    expiresAt: moment,
    redemptionsAllowed: z.number().int(),
    redemptionsUsed: z.number().int(),
  })
  .meta({ id: "FleetGrant" });

const redemption = z
  .object({
    id: z.uuid(),
    grantId: z.uuid(),
    state: z.string().describe("“waiting”, “approved”, “completed”, “refused”, “turned-away” or “lapsed”."),
    reason: z.string().describe("Of one that was turned away: the code of the link protocol."),
    cluster: z.string().nullable().describe("The cluster's name, once it has joined."),
    clusterUid: z.string().describe("UID of the namespace kube-system, as the agent says it."),
    keyFingerprint: z.string().describe("Of the key that the agent has proved."),
    agentVersion: z.string(),
    remoteAddress: z.string(),
    initiatedAt: moment,
    lastAttemptAt: moment,
    completedAt: moment.nullable(),
  })
  .meta({ id: "Redemption" });

const redemptionId = z.uuid();

/** Grants for fleets, and what came of all grants. */
export const enrolmentEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/fleet-grants",
    id: "listFleetGrants",
    tag,
    summary: "Grants by which many clusters join; their secrets are known to nobody",
    input: z.strictObject(paging),
    output: listOf(fleetGrant),
    run: async (app, input) => pageOf((await app.clusters.enrolment()).grants, input),
  }),
  endpoint({
    method: "POST",
    path: "/fleet-grants",
    id: "makeFleetGrant",
    tag,
    summary: "Make a grant by which many clusters join, each as a cluster of its own with these labels",
    input: z.strictObject({
      namePrefix: z.string().max(100),
      labels: labels.default({}),
      options: agentOptions,
      grant: grantTerms(1_000),
    }),
    output: z.object(shownGrant).meta({ id: "MadeFleetGrant" }),
    status: 201,
    run: (app, input) => app.clusters.connectFleet(input),
  }),
  endpoint({
    method: "DELETE",
    path: "/fleet-grants/{grantId}",
    id: "revokeFleetGrant",
    tag,
    summary: "Revoke a grant for a fleet; clusters that have joined stay",
    input: z.strictObject({ grantId: z.uuid() }),
    output: z.object({ revoked: z.boolean().describe("False where it was revoked before.") }),
    run: (app, input) => app.clusters.revokeFleetGrant(input),
  }),
  endpoint({
    method: "GET",
    path: "/redemptions",
    id: "listRedemptions",
    tag,
    summary: "Who has shown a grant, and what came of it: the newest 500",
    input: z.strictObject(paging),
    output: listOf(redemption),
    run: async (app, input) => {
      const { redemptions } = await app.clusters.enrolment();
      return pageOf(
        redemptions.map((each) => ({ ...each, grantId: each.grant.id })),
        input,
      );
    },
  }),
  endpoint({
    method: "POST",
    path: "/redemptions/{redemptionId}/approve",
    id: "approveRedemption",
    tag,
    summary: "Let in a cluster that waits; its agent enters by itself",
    input: z.strictObject({ redemptionId }),
    run: (app, { redemptionId: id }) => app.clusters.decideRedemption({ redemptionId: id, decision: "approve" }),
  }),
  endpoint({
    method: "POST",
    path: "/redemptions/{redemptionId}/refuse",
    id: "refuseRedemption",
    tag,
    summary: "Refuse a cluster that waits, for good under this grant",
    input: z.strictObject({ redemptionId }),
    run: (app, { redemptionId: id }) => app.clusters.decideRedemption({ redemptionId: id, decision: "refuse" }),
  }),
];
