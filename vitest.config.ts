import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;

/** On two cores vitest would leave one idle. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/** They compute, and wait for nobody: two at a time lose nothing. */
const proofs = [
  "packages/policy-engine/test/**/*.integration.test.ts",
  "crosscheck/**/*.integration.test.ts",
  "apps/cli/test/isthmus.integration.test.ts",
];

const faults = "e2e/link-faults/link-faults.integration.test.ts";

/**
 * `unit`: pure and fast, part of `npm run check`.
 * `proofs`: the engine on large and random worlds, against its witness, and as a command;
 * `faults`: schedules of faults on the link's real processes;
 * `integration`: real stores, sockets and processes;
 * `skeleton`: the whole product in a real browser. All four are part of `npm test`.
 */
export default defineConfig({
  test: {
    root,
    projects: [
      {
        test: {
          name: "unit",
          root,
          setupFiles: ["scripts/lib/property-seed.mjs"],
          include: [
            "packages/*/src/**/*.test.{ts,tsx}",
            "apps/*/src/**/*.test.{ts,tsx}",
            "scripts/**/*.test.mjs",
            "deploy/test/*.test.ts",
            "e2e/link-faults/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**", "**/*.integration.test.ts"],
          testTimeout: 20_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "proofs",
          root,
          setupFiles: ["scripts/lib/property-seed.mjs"],
          include: proofs,
          exclude: ["**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "faults",
          root,
          include: [faults],
          exclude: ["**/node_modules/**"],
        },
      },
      {
        test: {
          name: "integration",
          root,
          setupFiles: ["scripts/lib/property-seed.mjs"],
          include: [
            "packages/*/test/**/*.integration.test.ts",
            "apps/*/test/**/*.integration.test.ts",
            "deploy/test/*.integration.test.ts",
            "e2e/link-faults/**/*.integration.test.ts",
          ],
          exclude: ["**/node_modules/**", ...proofs, faults],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "skeleton",
          root,
          include: ["e2e/**/*.e2e.test.ts"],
          exclude: ["**/node_modules/**"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
