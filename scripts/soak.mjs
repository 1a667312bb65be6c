// `npm run soak GROUP -- --seed N [--minutes M] [--cases N]`: a long run from a seed, which appends a line to the group's
// table in docs/soak.md. The groups and what they run are in soak/groups.mjs.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { importTypeScript } from "./lib/import-typescript.mjs";
import { countsText, outcomeText, withRow } from "./lib/soak-record.mjs";
import { root, run } from "./lib/steps.mjs";
import { soakGroups } from "../soak/groups.mjs";

const RECORD = `${root}docs/soak.md`;
const MAX_MINUTES = 120;

const { group, seed, minutes, cases } = readArguments(process.argv.slice(2), process.env);
const { files, port, countsOf, columns, intro } = soakGroups[group];
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

// What runs is read now; the tree may change while it does.
const ran = await revision();
say(
  `soak ${group}: ${[`seed ${seed}`, cases && `${cases} cases`, minutes && `${minutes} minutes`].filter(Boolean).join(", ")}`,
);
const results = await importTypeScript(files, ({ soak }) =>
  soak({ seed, minutes, cases, port, say, signal: stop.signal }),
);
const faults = results.flatMap((result) => result.faults);
for (const fault of faults) say(`✗ ${fault}`);
for (const { home, faults: own } of results) if (home && own.length > 0) say(`the state folder is kept: ${home}`);
if (stop.signal.aborted) say("interrupted: not recorded");
else await record(Object.assign({}, ...results.map(countsOf)));
// A connection that somebody keeps alive is no reason to stay.
process.exit(faults.length === 0 && !stop.signal.aborted ? 0 : 1);

async function record(counts) {
  const cells = {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    revision: ran,
    seed,
    minutes,
    cases: cases?.toLocaleString("en-US"),
    kills: `${Object.values(counts).reduce((sum, count) => sum + count, 0)}: ${countsText(counts)}`,
    done: countsText(counts),
    outcome: outcomeText(faults),
  };
  const all = ["date", "revision", ...columns, "outcome"];
  const row = all.map((name) => cells[name]);
  const before = existsSync(RECORD) ? readFileSync(RECORD, "utf8") : "";
  const after = withRow(before, { group, intro, columns: all }, row);
  writeFileSync(RECORD, await format(after, { parser: "markdown", printWidth: 120 }));
  console.log(`| ${row.join(" | ")} |`);
}

/** The commit, with a plus where what ran differs from it. */
async function revision() {
  const { output: head } = await run("git", ["rev-parse", "--short", "HEAD"]);
  const { output: changed } = await run("git", [
    "status",
    "--porcelain",
    "--",
    "apps",
    "packages",
    "prisma",
    "crosscheck",
    "e2e",
  ]);
  return `${head.trim()}${changed.trim() === "" ? "" : "+"}`;
}

/**
 * Options may stand before `--` too: npm then keeps their names (`npm_config_seed`) and passes the values on, either
 * with the name (`--seed=7`) or among the arguments in the order in which they were written.
 */
function readArguments(args, env) {
  const given = [...args];
  const take = (name) => {
    const at = given.findIndex((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    if (at >= 0) {
      const [arg] = given.splice(at, 1);
      return arg.includes("=") ? arg.slice(arg.indexOf("=") + 1) : given.splice(at, 1)[0];
    }
    const kept = env[`npm_config_${name}`];
    return kept === "true" ? given.splice(1, 1)[0] : kept;
  };
  const number = (text, otherwise) => (text === undefined ? otherwise : Number(text));
  const [seed, asked, wanted] = [Number(take("seed")), take("minutes"), take("cases")];
  const [name, ...rest] = given;
  const found = soakGroups[name];
  const values = { seed, minutes: number(asked, found?.minutes), cases: number(wanted, found?.cases) };
  const wrong = !found
    ? `unknown group \`${name ?? ""}\`: use ${Object.keys(soakGroups).join(", ")}`
    : rest.length > 0
      ? `\`${rest[0]}\` is not understood`
      : wrongNumber(values, found);
  if (wrong === undefined) return { group: name, ...values };
  console.error(`${wrong}\nusage: npm run soak GROUP -- --seed N [--minutes M] [--cases N]`);
  process.exit(2);
}

function wrongNumber({ seed, minutes, cases }, group) {
  if (!Number.isSafeInteger(seed)) return "give a whole number as --seed: everything is drawn from it";
  if (minutes !== undefined && !(minutes > 0 && minutes <= MAX_MINUTES)) return `give --minutes up to ${MAX_MINUTES}`;
  if (cases === undefined) return undefined;
  if (group.cases === undefined) return "this group does not count cases: give --minutes";
  return Number.isSafeInteger(cases) && cases > 0 ? undefined : "give a whole number as --cases";
}
