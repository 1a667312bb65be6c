import { operatorProcedure } from "../../../server/operator";
import { protectedProcedure, router } from "../../../server/trpc";
import { connectCluster, connectDefaults, renewGrant } from "./connect";
import { enrolmentStatus } from "./enrolment";
import { clusterId, connectInput, deleteInput, grantInput, labelsInput, objectInput, objectsInput } from "./inputs";
import { removeCluster, revokeAgent, revokeClusterGrants, setLabels } from "./manage";
import { clusterDetail, clusterList, clusterObject, clusterObjects } from "./read";

export const clustersRouter = router({
  list: protectedProcedure.query(({ ctx }) => clusterList(ctx)),
  get: protectedProcedure.input(clusterId).query(({ ctx, input }) => clusterDetail(ctx, input.clusterId)),
  objects: protectedProcedure.input(objectsInput).query(({ ctx, input }) => clusterObjects(ctx, input)),
  object: protectedProcedure.input(objectInput).query(({ ctx, input }) => clusterObject(ctx, input)),
  status: protectedProcedure.input(clusterId).query(({ ctx, input }) => enrolmentStatus(ctx, input.clusterId)),
  connectDefaults: protectedProcedure.query(({ ctx }) => connectDefaults(ctx)),
  connect: operatorProcedure.input(connectInput).mutation(({ ctx, input }) => connectCluster(ctx, input)),
  newGrant: operatorProcedure.input(grantInput).mutation(({ ctx, input }) => renewGrant(ctx, input)),
  setLabels: operatorProcedure.input(labelsInput).mutation(({ ctx, input }) => setLabels(ctx, input)),
  revokeGrants: operatorProcedure
    .input(clusterId)
    .mutation(({ ctx, input }) => revokeClusterGrants(ctx, input.clusterId)),
  revokeAgent: operatorProcedure.input(clusterId).mutation(({ ctx, input }) => revokeAgent(ctx, input.clusterId)),
  delete: operatorProcedure.input(deleteInput).mutation(({ ctx, input }) => removeCluster(ctx, input)),
});
