// `npm run check`: format, lint, types, boundaries, dead code, generated code and unit tests. All rules are errors.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { bin, command, quietEnv, root, run, runSteps } from "./lib/steps.mjs";
import { generateSteps, protoTemplates } from "./lib/generated.mjs";
import { typesStep } from "./lib/types.mjs";
import { runVitest } from "./lib/vitest-run.mjs";
import { plantedViolations } from "./lib/planted-violations.mjs";

const cruise = (...paths) =>
  run(bin("depcruise"), ["--config", ".dependency-cruiser.cjs", "--output-type", "err", ...paths]);

/** Plants one bad import after the other and expects each to be caught by the rule that forbids it. */
async function canary() {
  const missed = [];
  for (const { file, code, rule } of plantedViolations) {
    const path = `${root}${file}`;
    if (existsSync(path)) return { ok: false, detail: `${file} is in the way of the canary` };
    try {
      mkdirSync(new URL(".", `file://${path}`), { recursive: true });
      writeFileSync(path, code);
      const { code: exit, output } = await cruise(file);
      if (exit === 0 || !output.includes(rule)) missed.push(`${rule} did not catch ${code.trim()}\n${output}`);
    } finally {
      rmSync(path, { force: true });
    }
  }
  return { ok: missed.length === 0, detail: missed.join("\n") };
}

/** The committed messages are those that the .proto files make. */
async function protoIsFresh() {
  const before = await run("git", ["status", "--porcelain", "--", "packages/*/src/gen"]);
  for (const template of protoTemplates) {
    const { code, output } = await run(bin("buf"), ["generate", "--template", template], {
      env: { ...quietEnv, PATH: `${root}node_modules/.bin:${process.env.PATH}` },
    });
    if (code !== 0) return { ok: false, detail: output };
  }
  const after = await run("git", ["status", "--porcelain", "--", "packages/*/src/gen"]);
  return {
    ok: before.output === after.output,
    detail: `generated code differs: run \`npm run generate\` and commit it\n${after.output}`,
  };
}

export const unit = { passed: 0, failed: 0, skipped: [], broken: [] };

async function unitTests() {
  const result = await runVitest("unit");
  const { passed, failed, skipped, broken } = result;
  Object.assign(unit, { passed, failed, skipped, broken });
  return { ok: result.ok && result.failed === 0, detail: result.output };
}

/** Every check in order; resolves whether all were green. */
export const checkAll = () =>
  runSteps([
    ...generateSteps(),
    command("format", bin("prettier"), ["--check", "--log-level", "warn", "."]),
    command("lint", bin("oxlint"), ["--type-aware", "--deny-warnings", "."]),
    typesStep,
    command("boundaries of packages", bin("turbo"), ["boundaries"]),
    {
      name: "boundaries of files",
      run: () => cruise("apps", "packages").then(({ code, output }) => ({ ok: code === 0, detail: output })),
    },
    { name: "boundaries catch violations", run: canary },
    command("dead code", bin("knip"), ["--no-progress", "--no-config-hints"]),
    command("workspace", bin("sherif"), []),
    { name: "generated messages", run: protoIsFresh },
    { name: "unit tests", run: unitTests },
  ]);

if (process.argv[1] === import.meta.filename) {
  const ok = await checkAll();
  console.log(`Tests: ${unit.passed} passed, ${unit.failed} failed, ${unit.skipped.length} skipped`);
  process.exitCode = ok ? 0 : 1;
}
