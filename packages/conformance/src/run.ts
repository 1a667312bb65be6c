import { listAt, textAt } from "@isthmus/k8s";
import type { ApiUnderTest } from "./api-under-test";
import { ClauseBroken, type Clause, type Need } from "./clause";
import { allClauses } from "./clauses/index";
import { isUnimplemented, type GoldmaneUnderTest } from "./goldmane-under-test";
import { createRun, type Run, type RunOptions } from "./workspace";

/** How one clause went. */
export type Verdict =
  | { readonly kind: "kept" }
  | { readonly kind: "broken"; readonly message: string }
  /** The question itself failed, as by a connection that was lost: nothing is known. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "not-asked"; readonly need: Need };

/** A clause and how it went. */
export interface ClauseResult {
  readonly clause: Clause;
  readonly verdict: Verdict;
  readonly durationMs: number;
}

/** What a run found. */
export interface ConformanceReport {
  /** `gitVersion` of the API server. */
  readonly serverVersion: string;
  readonly has: readonly Need[];
  readonly results: readonly ClauseResult[];
  /** What the cluster had not taken away two minutes after the run's end: namespaces by name, the rest by path. */
  readonly left: readonly string[];
}

export interface ConformanceOptions extends RunOptions {
  /** Clauses whose id begins with one of these; all where it is left out. */
  readonly only?: readonly string[];
  /** Told of each clause as it ends, in the order in which they end. */
  readonly onResult?: (result: ClauseResult) => void;
  /** How many clauses run at the same time. */
  readonly atOnce: number;
}

/** Holds a cluster to the contract. Rejects where it cannot be reached at all. */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const run = createRun(options);
  try {
    const version = await run.api.ask("GET", "/version");
    if (version.code !== 200)
      throw new Error(`the API server answered ${version.code} to GET /version: ${version.text.slice(0, 300)}`);
    const has = [...(await findCapabilities(run.api)), ...(await findGoldmane(run.goldmane))];
    const clauses = allClauses.filter(({ id }) => options.only?.some((prefix) => id.startsWith(prefix)) ?? true);
    const results = await runAll(run, clauses, { ...options, has });
    return { serverVersion: textAt(version.body, "gitVersion"), has, results, left: await run.leftovers() };
  } finally {
    run.close();
  }
}

async function findCapabilities(api: ApiUnderTest): Promise<readonly Need[]> {
  const names = async (path: string) =>
    listAt((await api.ask("GET", path)).body, "resources").map((each) => textAt(each, "name"));
  const nodes = listAt((await api.ask("GET", "/api/v1/nodes?limit=1")).body, "items");
  const calicoNames = await names("/apis/projectcalico.org/v3");
  const calico = calicoNames.includes("globalnetworkpolicies");
  const crd = await api.ask(
    "GET",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/globalnetworkpolicies.projectcalico.org",
  );
  const storage = await names("/apis/crd.projectcalico.org/v1");
  const cluster = await names("/apis/policy.networking.k8s.io/v1alpha2");
  return [
    ...(nodes.length > 0 ? (["workloads"] as const) : []),
    ...(calico ? (["calico"] as const) : []),
    ...(calico ? ([crd.code === 200 ? "calico-native" : "calico-aggregated"] as const) : []),
    ...(storage.includes("globalnetworkpolicies") ? (["calico-storage"] as const) : []),
    ...(calicoNames.includes("tiers") ? (["calico-tiers"] as const) : []),
    ...(calicoNames.includes("stagednetworkpolicies") ? (["calico-staged"] as const) : []),
    ...(cluster.includes("clusternetworkpolicies") ? (["cluster-network-policy"] as const) : []),
  ];
}

async function findGoldmane(goldmane: GoldmaneUnderTest | undefined): Promise<readonly Need[]> {
  if (!goldmane) return [];
  const listed = await goldmane.list(goldmane.range).catch((cause: unknown) => {
    throw new Error(`Goldmane could not be asked: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  });
  const statistics = await goldmane.statistics(goldmane.range).then(
    () => true,
    (cause: unknown) => !isUnimplemented(cause),
  );
  return [
    "goldmane",
    ...(listed.flows.length > 0 ? (["goldmane-flows"] as const) : []),
    ...(statistics ? (["goldmane-statistics"] as const) : []),
  ];
}

interface Running extends Pick<ConformanceOptions, "onResult" | "atOnce" | "now"> {
  readonly has: readonly Need[];
}

async function runAll(run: Run, clauses: readonly Clause[], running: Running): Promise<readonly ClauseResult[]> {
  const results: ClauseResult[] = [];
  const waiting = clauses.entries();
  const worker = async () => {
    for (const [at, clause] of waiting) {
      const result = await runOne(run, clause, running);
      results[at] = result;
      running.onResult?.(result);
    }
  };
  await Promise.all(Array.from({ length: running.atOnce }, worker));
  return results;
}

async function runOne(run: Run, clause: Clause, { has, now }: Running): Promise<ClauseResult> {
  const need = clause.needs.find((each) => !has.includes(each));
  if (need !== undefined) return { clause, verdict: { kind: "not-asked", need }, durationMs: 0 };
  const began = now();
  const verdict = await run.inWorkspace(clause.check).then(
    (): Verdict => ({ kind: "kept" }),
    (cause: unknown): Verdict => ({
      kind: cause instanceof ClauseBroken ? "broken" : "failed",
      message: cause instanceof Error ? cause.message : String(cause),
    }),
  );
  return { clause, verdict, durationMs: now() - began };
}
