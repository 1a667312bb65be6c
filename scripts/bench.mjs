// `npm run bench [GROUP ...] [--json] [--only=NAME]`: every figure beside a named baseline measured in the same run. A name
// is a page's or a question's; benchmarks that have neither measure all of theirs.
import { importTypeScript } from "./lib/import-typescript.mjs";
import { benchGroups } from "../bench/groups.mjs";

// npm keeps `--json` for itself when it stands before `--`, and says so in the environment.
const json = process.argv.includes("--json") || process.env.npm_config_json === "true";
const only =
  process.argv.find((arg) => arg.startsWith("--only="))?.slice("--only=".length) ?? process.env.npm_config_only;
const asked = process.argv.slice(2).filter((arg) => arg !== "--json" && !arg.startsWith("--only="));
const unknown = asked.find((group) => benchGroups[group] === undefined);
if (unknown !== undefined) {
  console.error(`unknown group \`${unknown}\`: use ${Object.keys(benchGroups).join(", ")}, or none for all`);
  process.exit(2);
}
const files = Object.entries(benchGroups).flatMap(([group, paths]) =>
  asked.length === 0 || asked.includes(group) ? paths : [],
);
const tables = await importTypeScript(files, async ({ run }) => {
  const rows = await run({ only });
  for (const row of rows) console.log(json ? JSON.stringify(row) : line(row));
  return rows;
});
process.exitCode = tables.flat().every(({ holds }) => holds) ? 0 : 1;

function line({ name, value, unit, baseline, ratio, target, holds }) {
  const figures = `${String(value).padStart(10)} ${unit.padEnd(7)} ${ratio.toFixed(2).padStart(6)} × ${String(baseline).padEnd(10)}`;
  return `${holds ? "✓" : "✗"} ${name.padEnd(72)} ${figures} target ${target}`;
}
