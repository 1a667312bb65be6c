/**
 * Soak groups: long runs from a seed, each with its own table in docs/soak.md.
 *
 * Each file exports `soak({ seed, minutes, cases, port, say, signal })` and resolves to its result, of which `faults` are
 * lines about what did not hold, and `counts` says how much was done. It ends early when `signal` is aborted, and after
 * `minutes` where they are given. To add a long run to `engine`, add a file of that form here.
 */
export const soakGroups = {
  skeleton: {
    files: ["e2e/support/soak.ts"],
    port: 10_000,
    minutes: 10,
    /** What of a result says how much was done. */
    countsOf: ({ kills }) => kills,
    columns: ["seed", "minutes", "kills"],
    intro: `A demo runs while its processes (gateways, agents, web, ClickHouse, sandbox, Postgres server) are killed with -9 every
2 to 15 seconds, now and then two at once, as a seeded generator draws. Then it settles and is judged: no flow doubled,
rollups equal to the flows, no torn bucket, every missing bucket within a gap that says so, the policy applied in every
cluster, every cluster connected. \`npm run soak skeleton -- --seed N --minutes M\` repeats a run and adds a line.`,
  },
  link: {
    files: ["e2e/link-faults/run/link.soak.ts"],
    cases: 200,
    countsOf: ({ counts }) => counts,
    columns: ["seed", "cases", "done"],
    intro: `Real processes of the link (two gateways, Postgres, ClickHouse, one to three agents, each with a Goldmane whose every
flow is known and the sandbox's Kubernetes API) go through schedules of up to 20 s: processes are killed, stopped, ended and
moved, disks fill, clocks are set, Goldmane starts anew, and every connection is cut, stalled, slowed or refused, as a seeded
generator draws. After each the link settles and is judged by the ledger of what each Goldmane had: nothing missing without
a gap, no gap without a loss, nothing doubled in flows or rollups, after merges, restarts and expiry too; policies converged;
sessions shown as they are. A run takes the schedules of so many seeds from N on, one each: \`npm run soak link -- --seed N
--cases M\` repeats it, with \`--cases 1\` a single schedule ([ADR 0004](adr/0004-faults-are-drawn-and-judged-by-a-ledger.md)).`,
  },
  engine: {
    files: [
      "packages/policy-engine/soak/fuzz.soak.ts",
      "packages/policy-engine/soak/properties.soak.ts",
      "crosscheck/crosscheck.soak.ts",
    ],
    cases: 1_000_000,
    countsOf: ({ counts }) => counts,
    columns: ["seed", "cases", "done"],
    intro: `The policy engine is given random and mutated selectors and manifests, started from its own grammar and, where they
lie beside the project, from corpora that others wrote. No case may throw, take far longer than others of its size, be
accepted where Calico refuses it, print what reads otherwise, or turn what is unknown into a verdict. Beside it compiled
meshes, connectivity, claims, reviews and shuffled lists of random worlds are held to the verdict. Then as many packets
(or for as many minutes again) in random clusters are judged by the engine and by the sandbox's own dataplane, which may
not differ in verdict or in the policies that decide, in force or pending.
\`npm run soak engine -- --seed N [--cases N] [--minutes M]\` repeats a run and adds a line.`,
  },
};
