/** Benchmarks by group; each file exports `run(): Promise<BenchRow[]>` and lies beside the code that it measures. */
export const benchGroups = {
  skeleton: [],
};
