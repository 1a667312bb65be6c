import { createHash } from "node:crypto";
import {
  appendAudit,
  loadMeshSource,
  lock,
  storeClusterPlan,
  storePublishedSets,
  type Database,
  type OrganisationTransaction,
  type StoredPlan,
} from "@isthmus/db";
import { compileMesh, type ClusterPlan, type MeshInput, type MeshPlan } from "@isthmus/policy-engine";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { GatewayMetrics } from "../metrics";
import { meshInput } from "./mesh-input";

/** What jobs work with. */
export interface JobContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
}

/** Compiles organisations and stores what changed. */
export interface CompileJob {
  run(organisationId: string): Promise<void>;
  /** Compiles whatever comes next: another process may have compiled something else meanwhile. */
  forget(organisationId: string): void;
  /** Whether plans of the organisation wait for clusters to apply what is on the way to them. */
  waits(organisationId: string): boolean;
}

/** Names a plan: equal digests, equal objects in equal places. */
export function planDigest(plan: ClusterPlan): string {
  const lines = plan.resources.map(
    ({ ref, hash, position, origin }) =>
      `${position} ${ref.apiVersion}|${ref.kind}|${ref.namespace}|${ref.name} ${hash} ${JSON.stringify(origin)}`,
  );
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

/** Makes the job. It remembers the last input of each organisation, and compiles only what differs from it. */
export function createCompileJob(
  context: JobContext,
  compile: (input: MeshInput) => MeshPlan = compileMesh,
): CompileJob {
  const compiled = new Map<string, string>();
  const waiting = new Set<string>();
  const run = async (organisationId: string): Promise<void> => {
    const stop = context.metrics.compileSeconds.startTimer();
    const at = new Date(context.clock.now());
    const organisation = context.database.forOrganisation(organisationId);
    const done = await organisation.transaction(async (tx) => {
      // INVARIANT: the lock makes revisions of an organisation follow one another, whoever believes to be its leader.
      await lock(tx, "compile");
      const input = meshInput(await loadMeshSource(tx));
      const digest = createHash("sha256").update(JSON.stringify(input)).digest("hex");
      if (compiled.get(organisationId) === digest) return { digest, changed: [], problems: [], finished: true };
      const plan = compile(input);
      const changed: string[] = [];
      let finished = true;
      const names = new Map(input.clusters.map(({ id, name }) => [id, name]));
      for (const cluster of plan.clusters) {
        await storePublishedSets(tx, { clusterId: cluster.clusterId, sets: cluster.publishedSets, at });
        const stored = await storeClusterPlan(tx, { plan: cluster, digest: planDigest(cluster), at });
        finished &&= stored.finished;
        if (!stored.changed) continue;
        changed.push(`${cluster.clusterId}@${stored.revision}`);
        await auditPlan(tx, { clusterId: cluster.clusterId, name: names.get(cluster.clusterId) ?? "", stored, at });
      }
      return { digest, changed, problems: plan.problems, finished };
    });
    // What is on its way to the plan is looked at again when the cluster tells that it has applied it.
    if (done.finished) {
      waiting.delete(organisationId);
      compiled.set(organisationId, done.digest);
    } else {
      waiting.add(organisationId);
      compiled.delete(organisationId);
    }
    const seconds = stop();
    for (const problem of done.problems)
      context.log.warn({ organisation: organisationId, ...problem }, "a problem of no cluster");
    if (done.changed.length > 0)
      context.log.info({ organisation: organisationId, changed: done.changed, seconds }, "desired state changed");
  };
  return {
    run,
    forget: (organisationId) => void compiled.delete(organisationId),
    waits: (organisationId) => waiting.has(organisationId),
  };
}

interface PlanChange {
  readonly clusterId: string;
  readonly name: string;
  readonly stored: StoredPlan;
  readonly at: Date;
}

const NAMES_IN_AUDIT = 50;

// Addresses follow approved publications by themselves; that they did is on record.
async function auditPlan(tx: OrganisationTransaction, { clusterId, name, stored, at }: PlanChange): Promise<void> {
  const some = (names: readonly string[]) => ({ count: names.length, names: names.slice(0, NAMES_IN_AUDIT) });
  await appendAudit(tx, {
    actor: { kind: "system", id: null, name: "compiler" },
    action: "cluster.plan",
    target: { kind: "cluster", id: clusterId, name },
    detail: {
      after: { revision: Number(stored.revision), apply: some(stored.upserted), remove: some(stored.withdrawn) },
      note: "follows from approved policies, approved publications and the inventory",
    },
    at,
  });
}
