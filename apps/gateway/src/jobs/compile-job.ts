import { createHash } from "node:crypto";
import {
  appendAudit,
  lock,
  storeClusterPlans,
  storePublishedSetsOf,
  type Database,
  type OrganisationTransaction,
  type StoredPlan,
} from "@isthmus/db";
import { compileMesh, type ClusterPlan, type MeshInput, type MeshPlan } from "@isthmus/policy-engine";
import type { Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { GatewayMetrics } from "../metrics";
import { createMeshInputs, type MeshInputs } from "./mesh-inputs";

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
  /** Reads and compiles all of what comes next: another process may have compiled something else meanwhile. */
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

/** A mesh of a thousand clusters that is read for the first time takes a while. */
const COMPILE_TIMEOUT_MS = 180_000;

/** Plans that are stored at once. */
const PLANS_AT_ONCE = 100;

/** Makes the job. It remembers the last input of each organisation, reads only what differs from it, and compiles that. */
export function createCompileJob(
  context: JobContext,
  compile: (input: MeshInput) => MeshPlan = compileMesh,
): CompileJob {
  const compiled = new Map<string, string>();
  const waiting = new Set<string>();
  const inputs = new Map<string, MeshInputs>();
  const inputsOf = (organisationId: string): MeshInputs => {
    const known = inputs.get(organisationId) ?? createMeshInputs();
    inputs.set(organisationId, known);
    return known;
  };
  const run = async (organisationId: string): Promise<void> => {
    const stop = context.metrics.compileSeconds.startTimer();
    const at = new Date(context.clock.now());
    const organisation = context.database.forOrganisation(organisationId);
    const work = async (tx: OrganisationTransaction) => {
      // INVARIANT: the lock makes revisions of an organisation follow one another, whoever believes to be its leader.
      await lock(tx, "compile");
      const { input, digest } = await inputsOf(organisationId).load(tx);
      if (compiled.get(organisationId) === digest) return { digest, changed: [], problems: [], finished: true };
      const plan = compile(input);
      const names = new Map(input.clusters.map(({ id, name }) => [id, name]));
      const stored = await storePlans(tx, plan.clusters, { names, at });
      return { digest, problems: plan.problems, ...stored };
    };
    const done = await organisation.transaction(work, { timeoutMs: COMPILE_TIMEOUT_MS });
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
    const { length } = done.changed;
    if (length > 0) {
      const changed = done.changed.slice(0, CLUSTERS_IN_LOG);
      context.log.info({ organisation: organisationId, changed, clusters: length, seconds }, "desired state changed");
    }
  };
  return {
    run,
    forget: (organisationId) => {
      compiled.delete(organisationId);
      inputs.delete(organisationId);
    },
    waits: (organisationId) => waiting.has(organisationId),
  };
}

const CLUSTERS_IN_LOG = 20;

interface Storing {
  readonly names: ReadonlyMap<string, string>;
  readonly at: Date;
}

async function storePlans(tx: OrganisationTransaction, plans: readonly ClusterPlan[], { names, at }: Storing) {
  const changed: string[] = [];
  let finished = true;
  for (let from = 0; from < plans.length; from += PLANS_AT_ONCE) {
    const some = plans.slice(from, from + PLANS_AT_ONCE);
    const sets = some.map(({ clusterId, publishedSets }) => ({ clusterId, sets: publishedSets }));
    await storePublishedSetsOf(tx, { clusters: sets, at });
    const outcomes = await storeClusterPlans(
      tx,
      some.map((plan) => ({ plan, digest: planDigest(plan), at })),
    );
    for (const [index, stored] of outcomes.entries()) {
      const clusterId = some[index]?.clusterId ?? "";
      finished &&= stored.finished;
      if (!stored.changed) continue;
      changed.push(`${clusterId}@${stored.revision}`);
      await auditPlan(tx, { clusterId, name: names.get(clusterId) ?? "", stored, at });
    }
  }
  return { changed, finished };
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
