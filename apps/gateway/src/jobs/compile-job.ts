import {
  appendAudit,
  lock,
  storeClusterPlans,
  storePublishedSetsOf,
  type Database,
  type OrganisationTransaction,
  type StoredPlan,
} from "@isthmus/db";
import { compileMesh, type MeshInput, type MeshPlan } from "@isthmus/policy-engine";
import { invariant, type Clock } from "@isthmus/std";
import type { Logger } from "pino";
import type { GatewayMetrics } from "../metrics";
import { createMeshInputs, type MeshInputs } from "./mesh-inputs";
import { createStoredPlans, type NamedPlan, type StoredPlans } from "./stored-plans";

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

/** A mesh of a thousand clusters that is read for the first time takes a while. */
const COMPILE_TIMEOUT_MS = 180_000;

/** Plans that are stored at once. */
const PLANS_AT_ONCE = 100;

/** What is remembered of an organisation between runs. */
interface Memory {
  readonly inputs: MeshInputs;
  readonly stored: StoredPlans;
}

/**
 * Makes the job. It remembers the last input and the last plans of each organisation, reads only what differs from the one,
 * compiles that, and stores only what differs from the others.
 */
export function createCompileJob(
  context: JobContext,
  compile: (input: MeshInput) => MeshPlan = compileMesh,
): CompileJob {
  const compiled = new Map<string, string>();
  const waiting = new Set<string>();
  const memories = new Map<string, Memory>();
  const memoryOf = (organisationId: string): Memory => {
    const known = memories.get(organisationId) ?? { inputs: createMeshInputs(), stored: createStoredPlans() };
    memories.set(organisationId, known);
    return known;
  };
  const run = async (organisationId: string): Promise<void> => {
    const stop = context.metrics.compileSeconds.startTimer();
    const at = new Date(context.clock.now());
    const organisation = context.database.forOrganisation(organisationId);
    const memory = memoryOf(organisationId);
    const work = async (tx: OrganisationTransaction) => {
      // INVARIANT: the lock makes revisions of an organisation follow one another, whoever believes to be its leader.
      await lock(tx, "compile");
      const { input, digest } = await memory.inputs.load(tx);
      if (compiled.get(organisationId) === digest) return { digest, changed: [], problems: [], outcomes: [] };
      const plan = compile(input);
      const names = new Map(input.clusters.map(({ id, name }) => [id, name]));
      const stored = await storePlans(tx, memory.stored.differing(plan.clusters), { names, at });
      return { digest, problems: plan.problems, ...stored };
    };
    const done = await organisation.transaction(work, { timeoutMs: COMPILE_TIMEOUT_MS });
    memory.stored.note(done.outcomes);
    // What is on its way to the plan is looked at again when the cluster tells that it has applied it.
    if (done.outcomes.every(({ finished }) => finished)) {
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
      memories.delete(organisationId);
    },
    waits: (organisationId) => waiting.has(organisationId),
  };
}

const CLUSTERS_IN_LOG = 20;

interface Storing {
  readonly names: ReadonlyMap<string, string>;
  readonly at: Date;
}

async function storePlans(tx: OrganisationTransaction, plans: readonly NamedPlan[], { names, at }: Storing) {
  const changed: string[] = [];
  const outcomes: { readonly of: NamedPlan; readonly finished: boolean }[] = [];
  for (let from = 0; from < plans.length; from += PLANS_AT_ONCE) {
    const some = plans.slice(from, from + PLANS_AT_ONCE);
    const sets = some.map(({ plan }) => ({ clusterId: plan.clusterId, sets: plan.publishedSets }));
    await storePublishedSetsOf(tx, { clusters: sets, at });
    const results = await storeClusterPlans(
      tx,
      some.map(({ plan, digest }) => ({ plan, digest, at })),
    );
    for (const [index, of] of some.entries()) {
      const stored = results[index];
      invariant(stored, "a plan was not stored");
      outcomes.push({ of, finished: stored.finished });
      if (!stored.changed) continue;
      const { clusterId } = of.plan;
      changed.push(`${clusterId}@${stored.revision}`);
      await auditPlan(tx, { clusterId, name: names.get(clusterId) ?? "", stored, at });
    }
  }
  return { changed, outcomes };
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
