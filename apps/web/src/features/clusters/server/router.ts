import { permitted, router } from "../../../server/trpc";
import { connectCluster, connectDefaults, renewGrant } from "./connect";
import { enrolmentStatus } from "./enrolment";
import { connectFleet, revokeFleet } from "./fleet";
import {
  clusterId,
  connectInput,
  deleteInput,
  fleetGrantInput,
  fleetInput,
  grantInput,
  labelsInput,
  objectInput,
  objectsInput,
  redemptionDecision,
} from "./inputs";
import { removeCluster, revokeAgent, revokeClusterGrants, setLabels } from "./manage";
import { decide, enrolmentOverview } from "./redemptions";
import { clusterDetail, clusterList, clusterObject, clusterObjects } from "./read";

export const clustersRouter = router({
  list: permitted("clusters.read").query(({ ctx }) => clusterList(ctx)),
  get: permitted("clusters.read")
    .input(clusterId)
    .query(({ ctx, input }) => clusterDetail(ctx, input.clusterId)),
  objects: permitted("inventory.read")
    .input(objectsInput)
    .query(({ ctx, input }) => clusterObjects(ctx, input)),
  object: permitted("inventory.read")
    .input(objectInput)
    .query(({ ctx, input }) => clusterObject(ctx, input)),
  status: permitted("clusters.read")
    .input(clusterId)
    .query(({ ctx, input }) => enrolmentStatus(ctx, input.clusterId)),
  connectDefaults: permitted("clusters.connect").query(({ ctx }) => connectDefaults(ctx)),
  connect: permitted("clusters.connect")
    .input(connectInput)
    .mutation(({ ctx, input }) => connectCluster(ctx, input)),
  newGrant: permitted("clusters.connect")
    .input(grantInput)
    .mutation(({ ctx, input }) => renewGrant(ctx, input)),
  enrolment: permitted("clusters.read").query(({ ctx }) => enrolmentOverview(ctx)),
  connectFleet: permitted("clusters.connect")
    .input(fleetInput)
    .mutation(({ ctx, input }) => connectFleet(ctx, input)),
  revokeFleetGrant: permitted("clusters.connect")
    .input(fleetGrantInput)
    .mutation(({ ctx, input }) => revokeFleet(ctx, input.grantId)),
  decideRedemption: permitted("clusters.connect")
    .input(redemptionDecision)
    .mutation(({ ctx, input }) => decide(ctx, input)),
  setLabels: permitted("clusters.manage")
    .input(labelsInput)
    .mutation(({ ctx, input }) => setLabels(ctx, input)),
  revokeGrants: permitted("clusters.manage")
    .input(clusterId)
    .mutation(({ ctx, input }) => revokeClusterGrants(ctx, input.clusterId)),
  revokeAgent: permitted("clusters.manage")
    .input(clusterId)
    .mutation(({ ctx, input }) => revokeAgent(ctx, input.clusterId)),
  delete: permitted("clusters.delete")
    .input(deleteInput)
    .mutation(({ ctx, input }) => removeCluster(ctx, input)),
});
