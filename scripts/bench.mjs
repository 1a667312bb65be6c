// `npm run bench [GROUP ...] [--json]`: every figure beside a named baseline measured in the same run.
import { importTypeScript } from "./lib/import-typescript.mjs";
import { benchGroups } from "../bench/groups.mjs";

// npm keeps `--json` for itself when it stands before `--`, and says so in the environment.
const json = process.argv.includes("--json") || process.env.npm_config_json === "true";
const asked = process.argv.slice(2).filter((arg) => arg !== "--json");
const unknown = asked.find((group) => benchGroups[group] === undefined);
if (unknown !== undefined) {
  console.error(`unknown group \`${unknown}\`: use ${Object.keys(benchGroups).join(", ")}, or none for all`);
  process.exit(2);
}
const files = Object.entries(benchGroups).flatMap(([group, paths]) =>
  asked.length === 0 || asked.includes(group) ? paths : [],
);
const tables = await importTypeScript(files, async ({ run }) => {
  const rows = await run();
  for (const row of rows) console.log(json ? JSON.stringify(row) : line(row));
  return rows;
});
process.exitCode = tables.flat().every(({ holds }) => holds) ? 0 : 1;

function line({ name, value, unit, baseline, ratio, target, holds }) {
  const figures = `${String(value).padStart(10)} ${unit.padEnd(7)} ${ratio.toFixed(2).padStart(6)} × ${String(baseline).padEnd(10)}`;
  return `${holds ? "✓" : "✗"} ${name.padEnd(72)} ${figures} target ${target}`;
}
