import { permitted, router } from "../../../server/trpc";
import { approveManifest, setProbes } from "./change";
import { cureInput, manifestInput, pairInput, probesInput } from "./inputs";
import { probeManifest } from "./probe-manifest";
import { connectivityMatrix, connectivityPair } from "./read";

export const connectivityRouter = router({
  matrix: permitted("clusters.read").query(({ ctx }) => connectivityMatrix(ctx)),
  pair: permitted("clusters.read")
    .input(pairInput)
    .query(({ ctx, input }) => connectivityPair(ctx, input)),
  probeManifest: permitted("clusters.read")
    .input(manifestInput)
    .query(({ ctx, input }) => probeManifest(ctx, input.image)),
  setProbes: permitted("clusters.manage")
    .input(probesInput)
    .mutation(({ ctx, input }) => setProbes(ctx, input)),
  approveManifest: permitted("clusters.manage")
    .input(cureInput)
    .mutation(({ ctx, input }) => approveManifest(ctx, input)),
});
