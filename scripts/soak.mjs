// `npm run soak GROUP -- --seed N [--minutes M]`: kills processes of a running demo by seeded draws, then judges what is
// left and appends a line to docs/soak.md. Groups: skeleton.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { format } from "prettier";
import { importTypeScript } from "./lib/import-typescript.mjs";
import { root, run } from "./lib/steps.mjs";

const GROUPS = { skeleton: { file: "e2e/support/soak.ts", port: 10_000 } };
const RECORD = `${root}docs/soak.md`;
const HEAD = `# Soak runs

A demo runs while its processes (gateways, agents, web, ClickHouse, sandbox, Postgres server) are killed with -9 every 2 to
15 seconds, now and then two at once, as a seeded generator draws. Then it settles and is judged: no flow doubled, rollups
equal to the flows, no torn bucket, every missing bucket within a gap that says so, the policy applied in every cluster,
every cluster connected. \`npm run soak skeleton -- --seed N --minutes M\` repeats a run and adds a line.

| date | revision | seed | minutes | kills | outcome |
| --- | --- | --- | --- | --- | --- |
`;

const { group, seed, minutes } = readArguments(process.argv.slice(2), process.env);
const { file, port } = GROUPS[group];
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
const say = (text) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);

say(`soak ${group}: seed ${seed}, ${minutes} minutes`);
const [{ kills, faults, home }] = await importTypeScript([file], ({ soak }) =>
  soak({ seed, minutes, port, say, signal: stop.signal }),
);
for (const fault of faults) say(`✗ ${fault}`);
if (faults.length > 0) say(`the state folder is kept: ${home}`);
if (stop.signal.aborted) say("interrupted: not recorded");
else await record();
process.exitCode = faults.length === 0 && !stop.signal.aborted ? 0 : 1;

async function record() {
  const total = Object.values(kills).reduce((sum, count) => sum + count, 0);
  const each = Object.entries(kills).map(([name, count]) => `${name} ${count}`);
  const cells = [
    new Date().toISOString().slice(0, 16).replace("T", " "),
    await revision(),
    seed,
    minutes,
    `${total}: ${each.join(", ")}`,
    faults.length === 0 ? "held" : `**failed**: ${faults.join("; ").replaceAll("|", "\\|").replaceAll("\n", " ")}`,
  ];
  const line = `| ${cells.join(" | ")} |`;
  const before = existsSync(RECORD) ? readFileSync(RECORD, "utf8") : HEAD;
  writeFileSync(RECORD, await format(`${before}${line}\n`, { parser: "markdown", printWidth: 120 }));
  console.log(line);
}

/** The commit, with a plus where what ran differs from it. */
async function revision() {
  const { output: head } = await run("git", ["rev-parse", "--short", "HEAD"]);
  const { output: changed } = await run("git", ["status", "--porcelain", "--", "apps", "packages", "prisma"]);
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
  const values = { seed: Number(take("seed")), minutes: Number(take("minutes") ?? 10) };
  const [name, ...rest] = given;
  const wrong =
    GROUPS[name] === undefined
      ? `unknown group \`${name ?? ""}\`: use ${Object.keys(GROUPS).join(", ")}`
      : rest.length > 0
        ? `\`${rest[0]}\` is not understood`
        : !Number.isSafeInteger(values.seed)
          ? "give a whole number as --seed: it draws what is killed when"
          : !(values.minutes > 0 && values.minutes <= 120)
            ? "give --minutes as a number up to 120"
            : undefined;
  if (wrong === undefined) return { group: name, ...values };
  console.error(`${wrong}\nusage: npm run soak GROUP -- --seed N [--minutes M]`);
  process.exit(2);
}
