import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Ask, Doubt } from "./disk-guard";
import { judgeParts, type Fate, type Part } from "./judge-parts";
import type { TableFolders } from "./table-folders";

interface Table {
  /** With its database, quoted. */
  readonly name: string;
  /** Where its parts are; its own where it has none, as a view. */
  readonly folder: string;
  readonly definition: string;
}

interface ListedPart extends Part {
  readonly table: string;
  /** Unix seconds. */
  readonly modified: number;
}

/** Times of parts are whole seconds. */
const SLACK_SECONDS = 2;
const LOOK_MS = 50;

/** Puts tables right after a doubt: each call looks through all of them, and gives a line for what it did. */
export type Salvage = (ask: Ask, doubt: Doubt) => Promise<readonly string[]>;

/**
 * Makes it for a data folder, a real path. A table of which something was cut off is detached, its folder put right, and attached anew: parts that
 * cannot stay go, and with them their tokens; lines of the log of tokens that are cut off go; so do mutations that were
 * in doubt, and definitions are what they were. Merges must rest, and nothing may be written meanwhile.
 */
export function createSalvage(dataFolder: string): Salvage {
  /** Tables that could not be attached when they were to be: they are tried again. */
  const away = new Set<string>();
  return async (ask, doubt) => {
    for (const table of away) await attach(ask, table, away);
    await mergesEnd(ask);
    const parts = await listParts(ask);
    const fates = judgeParts(parts, await factsOf(ask, parts, doubt));
    const tables = await listTables(ask, dataFolder);
    const done = await removeStrayDefinitions(tables, doubt.before);
    for (const table of tables) {
      const own = [...fates].filter(([{ folder }]) => folder === table.folder);
      const damage = await damageOf(table, own, doubt.before);
      if (damage === undefined) continue;
      await ask(`DETACH TABLE ${table.name} SYNC`);
      away.add(table.name);
      await damage.mend();
      if (damage.isUndone) away.delete(table.name);
      else await attach(ask, table.name, away);
      done.push(...damage.lines.map((line) => `${table.name}: ${line}`));
    }
    return done;
  };
}

async function attach(ask: Ask, table: string, away: Set<string>): Promise<void> {
  await ask(`ATTACH TABLE ${table}`);
  away.delete(table);
  // As a new table it would merge before all of them are looked through.
  await ask(`SYSTEM STOP MERGES ${table}`);
}

/** What was about to be merged when merges were stopped may still come into force. */
async function mergesEnd(ask: Ask): Promise<void> {
  for (;;) {
    const [running] = await ask<{ readonly n: number }>("SELECT toUInt32(count()) AS n FROM system.merges");
    if (running === undefined || running.n === 0) return;
    await delay(LOOK_MS);
  }
}

async function listParts(ask: Ask): Promise<readonly ListedPart[]> {
  const rows = await ask<{
    readonly table: string;
    readonly name: string;
    readonly path: string;
    readonly active: number;
    readonly partition_id: string;
    readonly level: number;
    readonly engine: string;
    readonly first: number;
    readonly last: number;
    readonly modified: number;
  }>(`
    SELECT concat('\`', database, '\`.\`', table, '\`') AS table, name, path, active, partition_id, level, engine,
      toInt32(min_block_number) AS first, toInt32(max_block_number) AS last,
      toUnixTimestamp(modification_time) AS modified
    FROM system.parts WHERE database != 'system'`);
  return rows.map(({ table, name, path, active, partition_id: partition, level, engine, first, last, modified }) => ({
    table,
    name,
    folder: dirname(path.replace(/\/$/u, "")),
    isActive: active === 1,
    partition,
    firstBlock: first,
    lastBlock: last,
    level,
    engine,
    modified,
  }));
}

async function factsOf(ask: Ask, parts: readonly ListedPart[], { sinceMs, before }: Doubt) {
  const since = Math.floor(sinceMs / 1_000) - SLACK_SECONDS;
  const cutOff = new Set<Part>();
  for (const part of parts) {
    if (part.isActive && part.modified >= since && !(await isWhole(ask, part))) cutOff.add(part);
  }
  return {
    isNew: ({ folder, name }: Part) => before?.entries.get(folder)?.has(name) === false,
    isWhole: (part: Part) => !cutOff.has(part),
  };
}

async function isWhole(ask: Ask, { table, name }: ListedPart): Promise<boolean> {
  const [checked] = await ask<{ readonly is_passed: number | boolean }>(
    `CHECK TABLE ${table} PART '${name}' SETTINGS check_query_single_value_result = 0`,
  );
  return Boolean(checked?.is_passed);
}

/** Tables before the views over them, so that a view is attached to what is there. */
async function listTables(ask: Ask, dataFolder: string): Promise<readonly Table[]> {
  const rows = await ask<{ readonly name: string; readonly folder: string; readonly definition: string }>(`
    SELECT concat('\`', database, '\`.\`', name, '\`') AS name, data_paths[1] AS folder, metadata_path AS definition
    FROM system.tables
    WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA') AND metadata_path != ''
    ORDER BY engine LIKE '%View'`);
  return rows.map(({ name, folder, definition }) => ({
    name,
    folder: folder.replace(/\/$/u, ""),
    // The engine tells it from the data folder on, unlike a table's folder.
    definition: resolve(dataFolder, definition),
  }));
}

/** Definitions that have come in doubt, of tables that are not there: the engine would not open with one that is cut off. */
async function removeStrayDefinitions(tables: readonly Table[], before: TableFolders | undefined): Promise<string[]> {
  const defined = new Set(tables.map(({ definition }) => definition));
  const removed: string[] = [];
  for (const [folder, known] of before?.entries ?? []) {
    for (const name of (await namesIn(folder)).filter((each) => /\.sql(?:\.tmp)?$/u.test(each) && !known.has(each))) {
      if (defined.has(join(folder, name))) continue;
      await rm(join(folder, name));
      removed.push(`${name} is not made`);
    }
  }
  return removed;
}

interface Damage {
  /** What is done about it. */
  readonly lines: readonly string[];
  /** Whether the table itself was in doubt: it is gone then. */
  readonly isUndone: boolean;
  mend(): Promise<void>;
}

/** What of a table is to be put right; undefined where nothing is. */
async function damageOf(
  { folder, definition }: Table,
  fates: readonly (readonly [Part, Fate])[],
  before: TableFolders | undefined,
): Promise<Damage | undefined> {
  const known = before?.entries.get(folder);
  const mutations =
    known === undefined ? [] : (await namesIn(folder)).filter((name) => isMutation(name) && !known.has(name));
  const logs =
    folder === ""
      ? []
      : await damagedLogs(join(folder, "deduplication_logs"), new Set(fates.map(([{ name }]) => name)));
  const former = before?.definitions?.get(definition);
  const isUndone = before?.entries.get(dirname(definition))?.has(basename(definition)) === false;
  const isRedefined = former !== undefined && !former.equals(await readFile(definition).catch(() => Buffer.alloc(0)));
  const lines = [
    ...fates.map(([{ name }, fate]) => `${name} ${told[fate]}`),
    ...mutations.map((name) => `${name} is not begun`),
    ...(isUndone ? ["is not made"] : []),
    ...(isRedefined ? ["is defined as before"] : []),
    ...(logs.length === 0 || fates.length > 0 ? [] : ["tokens that were cut off are forgotten"]),
  ];
  if (lines.length === 0) return undefined;
  return {
    lines,
    isUndone,
    mend: async () => {
      for (const [{ name }, fate] of fates) await takeAway(folder, name, fate);
      for (const name of mutations) await rm(join(folder, name));
      for (const { file, text } of logs) await writeFile(file, text);
      if (isRedefined) await writeFile(definition, former);
      if (isUndone) await rm(definition);
      if (isUndone && folder !== "") await rm(folder, { recursive: true, force: true });
    },
  };
}

const told: Readonly<Record<Fate, string>> = {
  again: "is taken back, to be inserted again",
  sources: "is put aside for what it was made from",
  lost: "is LOST: it cannot be read, and is put aside",
};

const isMutation = (name: string): boolean => /^(?:tmp_)?mutation_\d+\.txt$/u.test(name);

async function takeAway(folder: string, name: string, fate: Fate): Promise<void> {
  if (fate === "again") return await rm(join(folder, name), { recursive: true, force: true });
  // A merge that was put aside is tried again, and has the same name.
  const aside = join(folder, "detached", `cut-off_${name}`);
  await rm(aside, { recursive: true, force: true });
  await mkdir(dirname(aside), { recursive: true });
  await rename(join(folder, name), aside).catch((error: NodeJS.ErrnoException) => {
    // A merge that was called off is listed for a moment longer.
    if (error.code !== "ENOENT") throw error;
  });
}

/** Logs of tokens with a line that is cut off or of a part that goes, and what they are without. */
async function damagedLogs(folder: string, gone: ReadonlySet<string>) {
  const damaged: { readonly file: string; readonly text: string }[] = [];
  for (const name of await namesIn(folder)) {
    const file = join(folder, name);
    const text = await readFile(file, "utf8");
    const kept = text.split("\n").flatMap((line) => {
      // One that was cut off has the next one behind it.
      const [, whole = "", part = ""] = /([12]\t([^\t]+)\t[^\t]+)$/u.exec(line) ?? [];
      return whole === "" || gone.has(part) ? [] : [`${whole}\n`];
    });
    if (kept.join("") !== text) damaged.push({ file, text: kept.join("") });
  }
  return damaged;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return folder === "" ? [] : await readdir(folder).catch(() => []);
}
