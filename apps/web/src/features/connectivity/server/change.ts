import { randomUUID } from "node:crypto";
import { approveCure, findCluster, publish, setClusterProbe } from "@isthmus/db";
import { curesOf, judgeReach } from "@isthmus/policy-engine";
import { AppError } from "../../../server/errors";
import { recordAct, type Acting } from "../../audit/server";
import type { CureInput, ProbesInput } from "./inputs";
import { digestOf, endsOf, noPair } from "./read";
import { routedClusters } from "./routing";

/** Lets a cluster take part in probes, or no longer. */
export async function setProbes(ctx: Acting, { clusterId, enabled }: ProbesInput): Promise<void> {
  await ctx.organisation.transaction(async (tx) => {
    const cluster = await findCluster(tx, clusterId);
    if (!cluster) throw noPair();
    ctx.authorize("clusters.manage", { kind: "cluster", clusterId });
    const at = new Date(ctx.server.clock.now());
    await setClusterProbe(tx, { clusterId, enabled, by: ctx.person.id, at });
    await recordAct(tx, ctx, {
      action: enabled ? "probes.enable" : "probes.disable",
      target: { kind: "cluster", id: clusterId, name: cluster.name },
    });
    await publish(tx, { topic: "probe", id: clusterId });
  });
}

/**
 * Records that a person approves a manifest for a cluster. Isthmus does not apply it: pools and peers are not its own to
 * write, and the agent may not. What is approved is what the facts of this moment call for, as the page showed it.
 */
export async function approveManifest(ctx: Acting, input: CureInput): Promise<void> {
  await ctx.organisation.transaction(async (tx) => {
    const { source, target } = endsOf(await routedClusters(tx, ctx.server.clock.now()), input);
    const holder = [source, target].find(({ record }) => record.id === input.clusterId);
    if (holder === undefined) throw noPair();
    ctx.authorize("clusters.manage", { kind: "cluster", clusterId: input.clusterId });
    const cures = curesOf(source.routing, target.routing, judgeReach(source.routing, target.routing));
    const cure = cures
      .filter((each) => each.kind === "manifest")
      .find(
        ({ clusterId, manifest }) =>
          clusterId === input.clusterId && manifest.kind === input.kind && manifest.metadata.name === input.name,
      );
    if (cure === undefined || digestOf(cure) !== input.digest)
      throw new AppError("stale", "The facts have changed since this was shown. Look at the pair again.");
    if (cure.placeholders.length > 0)
      throw new AppError(
        "barred",
        `Fill in ${cure.placeholders.join(" and ")} first: nobody approves what is not known.`,
      );
    const at = new Date(ctx.server.clock.now());
    const about = holder === source ? target : source;
    await approveCure(tx, {
      id: randomUUID(),
      clusterId: input.clusterId,
      aboutClusterId: about.record.id,
      kind: input.kind,
      name: input.name,
      manifest: cure.manifest,
      approvedBy: ctx.person.id,
      approvedAt: at,
    });
    await recordAct(tx, ctx, {
      action: "connectivity.approve",
      target: { kind: "cluster", id: input.clusterId, name: holder.record.name },
      detail: { after: { for: about.record.name, kind: input.kind, name: input.name, digest: input.digest } },
    });
    await publish(tx, { topic: "probe", id: input.clusterId });
  });
}
