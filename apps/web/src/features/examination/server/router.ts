import { permitted, router } from "../../../server/trpc";
import { ofCluster, ofView } from "./inputs";
import { askAgain, examinationOf, lackingClusters } from "./service";

export const examinationRouter = router({
  get: permitted("clusters.read")
    .input(ofCluster)
    .query(({ ctx, input }) => examinationOf(ctx, input.clusterId)),
  lacking: permitted("clusters.read")
    .input(ofView)
    .query(({ ctx, input }) => lackingClusters(ctx, input.view)),
  ask: permitted("clusters.manage")
    .input(ofCluster)
    .mutation(({ ctx, input }) => askAgain(ctx, input.clusterId)),
});
