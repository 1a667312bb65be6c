import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { bin, quietEnv, run } from "./steps.mjs";

/**
 * Runs one vitest project and counts its tests.
 * @returns {Promise<{ok: boolean, passed: number, failed: number, skipped: readonly string[], broken: readonly string[], output: string}>}
 * `broken` names each failed test, with the first lines of why.
 */
export async function runVitest(project, { env = {}, paths = [], onOutput } = {}) {
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
    const { code, output } = await run(bin("vitest"), args, { env: { ...quietEnv, ...env }, onOutput });
    return { ...count(report), ok: code === 0, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A report that is missing counts as one failure: a crashed runner must not look green. */
function count(report) {
  if (!existsSync(report))
    return { passed: 0, failed: 1, skipped: [], broken: ["the test runner ended without a report"] };
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const tests = testResults.flatMap((file) => file.assertionResults);
  const broken = testResults.flatMap(brokenOf);
  return {
    passed: tests.filter((test) => test.status === "passed").length,
    failed: broken.length,
    skipped: tests.filter((test) => !["passed", "failed"].includes(test.status)).map((test) => test.fullName),
    broken,
  };
}

/** The failed tests of a file; the file itself where it failed outside of its tests. */
function brokenOf(file) {
  const path = relative(process.cwd(), file.name);
  const failed = file.assertionResults.filter((test) => test.status === "failed");
  if (failed.length > 0)
    return failed.map((test) => `${path}: ${test.fullName}${reason(test.failureMessages.join("\n"))}`);
  return file.status === "failed" ? [`${path}${reason(file.message)}`] : [];
}

const REASON_LINES = 24;

/** Without the frames that are the runner's own. */
function reason(message) {
  const lines = stripVTControlCharacters(message ?? "").split("\n");
  const ours = lines.filter(
    (line) => !line.includes("/node_modules/") && line.trim() !== "at new Promise (<anonymous>)",
  );
  return ours
    .slice(0, REASON_LINES)
    .map((line) => `\n      ${line}`)
    .join("");
}
