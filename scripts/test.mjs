// `npm test [GROUP ...]`: installs and builds what is missing, then every test. Ends with one line of counts.
// Groups: check (static checks and unit tests), proofs (the engine on large and random worlds), integration (real stores,
// sockets, processes), skeleton (the whole product in a real browser). Without a group all of them run.
import { readFileSync } from "node:fs";
import { ensureBuilt, ensureInstalled, requireNode } from "./lib/install.mjs";

const GROUPS = ["check", "proofs", "integration", "skeleton"];
const asked = process.argv.slice(2);
const unknown = asked.find((group) => !GROUPS.includes(group));
if (unknown !== undefined) {
  console.error(`unknown group \`${unknown}\`: use ${GROUPS.join(", ")}, or none for all`);
  process.exit(2);
}
const groups = asked.length === 0 ? GROUPS : asked;
const total = { passed: 0, failed: 0, skipped: [], broken: [] };

requireNode();
if (!(await ensureInstalled()) || !(await ensureBuilt())) finish(["install and build"]);

const failures = [];
for (const group of groups) {
  console.log(`\n── ${group} ──`);
  const started = Date.now();
  const result = group === "check" ? await check() : await tests(group);
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped.push(...result.skipped);
  total.broken.push(...result.broken);
  if (!result.ok) failures.push(group);
  console.log(`── ${group}: ${result.ok ? "green" : "FAILED"} after ${((Date.now() - started) / 1000).toFixed(0)} s`);
}
finish(failures);

async function check() {
  const { checkAll, unit } = await import("./check.mjs");
  const ok = await checkAll();
  // A red static check is a failure even where every unit test passed.
  return { ...unit, ok, failed: unit.failed + (ok || unit.failed > 0 ? 0 : 1) };
}

async function tests(project) {
  const { runVitest } = await import("./lib/vitest-run.mjs");
  const { browserCure, ensureBrowser } = await import("./lib/browser.mjs");
  const browser = await ensureBrowser();
  if (browser === null)
    console.log(`No browser was found and this user may not install one; its tests fail. Cure:\n  ${browserCure}`);
  return runVitest(project, { show: true, env: { ISTHMUS_BROWSER: browser ?? "", ISTHMUS_BROWSER_CURE: browserCure } });
}

/** In CI a skipped test is a failure unless the committed list gives its reason. */
function finish(failed) {
  const allowed = JSON.parse(readFileSync(new URL("./allowed-skips.json", import.meta.url), "utf8"));
  const unexplained = total.skipped.filter((name) => allowed[name] === undefined);
  if (process.env.CI === "true" && unexplained.length > 0) {
    console.error(`Skipped without a reason in scripts/allowed-skips.json:\n  ${unexplained.join("\n  ")}`);
    failed = [...failed, "skips"];
  }
  if (total.broken.length > 0) console.error(`Failed tests:\n  ${total.broken.join("\n  ")}`);
  if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}`);
  const failedCount = failed.length > 0 && total.failed === 0 ? 1 : total.failed;
  console.log(`Tests: ${total.passed} passed, ${failedCount} failed, ${total.skipped.length} skipped`);
  process.exit(failed.length === 0 && total.failed === 0 ? 0 : 1);
}
