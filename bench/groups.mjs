/** Benchmarks by group; each file exports `run(): Promise<BenchRow[]>` and lies beside the code that it measures. */
export const benchGroups = {
  skeleton: ["bench/skeleton.bench.ts"],
  engine: [
    "packages/policy-engine/bench/resolve.bench.ts",
    "packages/policy-engine/bench/connectivity.bench.ts",
    "packages/policy-engine/bench/proof.bench.ts",
    "packages/policy-engine/bench/engine.bench.ts",
  ],
  access: ["packages/access/bench/access.bench.ts", "apps/web/bench/pages.bench.ts"],
  stores: [
    "packages/flow-store/bench/blocks.bench.ts",
    "packages/flow-store/bench/flow-store.bench.ts",
    "packages/flow-store/bench/scope.bench.ts",
    "packages/flow-store/bench/day.bench.ts",
  ],
  sandbox: ["packages/sandbox/bench/scale.bench.ts"],
  link: [
    "apps/gateway/bench/link.bench.ts",
    "apps/gateway/bench/evidence.bench.ts",
    "apps/gateway/bench/fleet.bench.ts",
    "apps/agent/bench/agent.bench.ts",
  ],
};
