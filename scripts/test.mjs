// `npm test [GROUP ...]`: installs and builds what is missing, then every test. Ends with one line of counts.
// Groups: check (static checks and unit tests), proofs (the engine on large and random worlds), faults (schedules of the
// link's faults), integration (real stores, sockets, processes), skeleton (the whole product in a real browser). Without
// a group all of them run.
import { readFileSync } from "node:fs";
import { ensureBuilt, ensureInstalled, requireNode } from "./lib/install.mjs";

/** One after another; groups of a stage side by side: proofs compute, and faults mostly wait. */
const STAGES = [["check"], ["proofs", "faults"], ["integration"], ["skeleton"]];
const GROUPS = STAGES.flat();
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
for (const stage of STAGES) {
  const [first, ...others] = stage.filter((group) => groups.includes(group));
  if (first === undefined) continue;
  const held = others.map((group) => heldBack((write) => runGroup(group, write)));
  await runGroup(first, (text) => process.stdout.write(text));
  for (const { tell } of held) await tell();
}
finish(failures);

/** Work whose output is kept until it is to be told. */
function heldBack(work) {
  const texts = [];
  const done = work((text) => texts.push(text));
  return { tell: async () => (await done, texts.forEach((text) => process.stdout.write(text))) };
}

async function runGroup(group, write) {
  write(`\n── ${group} ──\n`);
  const started = Date.now();
  const result = group === "check" ? await check() : await tests(group, write);
  total.passed += result.passed;
  total.failed += result.failed;
  total.skipped.push(...result.skipped);
  total.broken.push(...result.broken);
  if (!result.ok) failures.push(group);
  write(`── ${group}: ${result.ok ? "green" : "FAILED"} after ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}

async function check() {
  const { checkAll, unit } = await import("./check.mjs");
  const ok = await checkAll();
  // A red static check is a failure even where every unit test passed.
  return { ...unit, ok, failed: unit.failed + (ok || unit.failed > 0 ? 0 : 1) };
}

async function tests(project, write) {
  const { runVitest } = await import("./lib/vitest-run.mjs");
  const { browserCure, ensureBrowser } = await import("./lib/browser.mjs");
  const browser = await ensureBrowser();
  if (browser === null)
    write(`No browser was found and this user may not install one; its tests fail. Cure:\n  ${browserCure}\n`);
  const env = { ISTHMUS_BROWSER: browser ?? "", ISTHMUS_BROWSER_CURE: browserCure };
  return runVitest(project, { onOutput: write, env });
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
