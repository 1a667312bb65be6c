import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, quietEnv, run } from "./steps.mjs";

/**
 * Runs one vitest project and counts its tests.
 * @returns {Promise<{ok: boolean, passed: number, failed: number, skipped: readonly string[], output: string}>}
 */
export async function runVitest(project, { env = {}, paths = [], show = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-tests-"));
  const report = join(folder, "report.json");
  try {
    const args = [
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
      ...paths,
    ];
    const onOutput = show ? (chunk) => process.stdout.write(chunk) : undefined;
    const { code, output } = await run(bin("vitest"), args, { env: { ...quietEnv, ...env }, onOutput });
    return { ...count(report), ok: code === 0, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A report that is missing counts as one failure: a crashed runner must not look green. */
function count(report) {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: [] };
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const tests = testResults.flatMap((file) => file.assertionResults);
  const brokenFiles = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((t) => t.status !== "failed"),
  );
  return {
    passed: tests.filter((test) => test.status === "passed").length,
    failed: tests.filter((test) => test.status === "failed").length + brokenFiles.length,
    skipped: tests.filter((test) => !["passed", "failed"].includes(test.status)).map((test) => test.fullName),
  };
}
