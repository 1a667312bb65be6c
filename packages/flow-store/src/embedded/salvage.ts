import { rmSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Ask, Doubt } from "./disk-guard";
import { judgeParts, type Fate, type Part } from "./judge-parts";
import { isDefinition, isMutation, takeAway, toldFate } from "./part-folders";
import { contentOf, DATABASES, namesIn, replaceFile, type TableFolders } from "./table-folders";
import { damagedLogs } from "./token-log";

interface Table {
  /** With its database, quoted. */
  readonly name: string;
  /** Where its parts are, from the data folder on; empty where it has none of its own, as a view. */
  readonly folder: string;
  /** The file of its definition, from the data folder on. */
  readonly definition: string;
}

interface ListedPart extends Part {
  readonly table: string;
  readonly path: string;
  /** Unix seconds. */
  readonly modified: number;
}

/** Times of parts are whole seconds. */
const SLACK_SECONDS = 2;
const LOOK_MS = 50;

/** Puts tables right after a doubt. */
export interface Salvage {
  /** Looks through all of them, and gives a line for what it did; where it fails it is to be called again. */
  putRight(ask: Ask, doubt: Doubt): Promise<readonly string[]>;
  /** Whether a table is detached for it. */
  isAnyAway(): boolean;
}

/**
 * Makes it for a data folder, a real path. A table of which something was cut off is detached, its folder put right, and
 * attached anew: parts that cannot stay go, and with them their tokens; lines of the log of tokens that are cut off go;
 * so do mutations that were in doubt, and definitions are what they were. Merges must rest, and nothing may be written
 * meanwhile.
 */
export function createSalvage(dataFolder: string): Salvage {
  /** Tables that are being put right, each with how. */
  const away = new Map<string, Damage>();
  const mend = async (ask: Ask, table: string, damage: Damage): Promise<void> => {
    away.set(table, damage);
    await ask(`DETACH TABLE IF EXISTS ${table} SYNC`);
    damage.mend();
    if (!damage.isUndone) await attach(ask, table);
    away.delete(table);
  };
  return {
    isAnyAway: () => away.size > 0,
    putRight: async (ask, doubt) => {
      for (const [table, damage] of away) await mend(ask, table, damage);
      await mergesEnd(ask);
      const done = await dropNewDatabases(ask, dataFolder, doubt.before);
      const parts = await listParts(ask, dataFolder);
      const fates = judgeParts(parts, await factsOf(ask, parts, doubt));
      const tables = await listTables(ask, dataFolder);
      done.push(...removeStrayDefinitions(dataFolder, tables, doubt.before));
      for (const table of tables) {
        const own = [...fates].filter(([{ folder }]) => folder === table.folder);
        const damage = damageOf(dataFolder, table, { fates: own, before: doubt.before });
        if (damage === undefined) continue;
        await mend(ask, table.name, damage);
        done.push(...damage.lines.map((line) => `${table.name}: ${line}`));
      }
      return done;
    },
  };
}

async function attach(ask: Ask, table: string): Promise<void> {
  await ask(`ATTACH TABLE IF NOT EXISTS ${table}`);
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

async function listParts(ask: Ask, dataFolder: string): Promise<readonly ListedPart[]> {
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
    path,
    folder: relative(dataFolder, dirname(path.replace(/\/$/u, ""))),
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

async function isWhole(ask: Ask, { table, name, path }: ListedPart): Promise<boolean> {
  if (!Object.entries(ENDINGS).every(([file, ending]) => endsWith(join(path, file), ending))) return false;
  const [checked] = await ask<{ readonly is_passed: number | boolean }>(
    `CHECK TABLE ${table} PART '${name}' SETTINGS check_query_single_value_result = 0`,
  );
  return Boolean(checked?.is_passed);
}

/** How files of a part end of which its checksums say nothing. */
const ENDINGS: Readonly<Record<string, RegExp>> = {
  "columns_substreams.txt": /\n$/u,
  "default_compression_codec.txt": /\)$/u,
  "metadata_version.txt": /^\d+$/u,
  "serialization.json": /\}$/u,
};

function endsWith(file: string, ending: RegExp): boolean {
  const content = contentOf(file);
  return content === undefined || ending.test(content.toString());
}

/** Tables before the views over them, so that a view is attached to what is there. */
async function listTables(ask: Ask, dataFolder: string): Promise<readonly Table[]> {
  // A view tells the folder of the table that it fills, and a definition's path starts from the data folder.
  const rows = await ask<{ readonly name: string; readonly folder: string; readonly definition: string }>(`
    SELECT concat('\`', database, '\`.\`', name, '\`') AS name,
      if(engine LIKE '%View', '', data_paths[1]) AS folder, metadata_path AS definition
    FROM system.tables
    WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA') AND metadata_path != ''
    ORDER BY engine LIKE '%View'`);
  return rows.map(({ name, folder, definition }) => ({
    name,
    folder: folder === "" ? "" : relative(dataFolder, folder.replace(/\/$/u, "")),
    definition,
  }));
}

/** A database that was being made is not there: its definition may be cut off. */
async function dropNewDatabases(ask: Ask, dataFolder: string, before: TableFolders | undefined): Promise<string[]> {
  const known = before?.entries.get(DATABASES);
  if (known === undefined) return [];
  const made = namesIn(join(dataFolder, DATABASES)).filter((name) => name.endsWith(".sql") && !known.has(name));
  for (const name of made) {
    await ask(`DROP DATABASE IF EXISTS \`${basename(name, ".sql")}\` SYNC`);
    rmSync(join(dataFolder, DATABASES, name), { force: true });
  }
  return made.map((name) => `the database ${name} is not made`);
}

/** Definitions that have come in doubt, of tables that are not there: the engine would not open with one that is cut off. */
function removeStrayDefinitions(
  dataFolder: string,
  tables: readonly Table[],
  before: TableFolders | undefined,
): readonly string[] {
  const defined = new Set(tables.map(({ definition }) => definition));
  const removed: string[] = [];
  for (const [folder, known] of before?.entries ?? []) {
    if (folder === DATABASES) continue;
    const come = namesIn(join(dataFolder, folder)).filter((each) => isDefinition(each) && !known.has(each));
    for (const name of come.filter((each) => !defined.has(join(folder, each)))) {
      rmSync(join(dataFolder, folder, name), { force: true });
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
  /** May be done again where it failed midway. */
  mend(): void;
}

interface Doubtful {
  readonly fates: readonly (readonly [Part, Fate])[];
  readonly before: TableFolders | undefined;
}

/** What of a table is to be put right; undefined where nothing is. */
function damageOf(dataFolder: string, table: Table, { fates, before }: Doubtful): Damage | undefined {
  const folder = table.folder === "" ? undefined : join(dataFolder, table.folder);
  const definition = join(dataFolder, table.definition);
  const known = before?.entries.get(table.folder);
  const mutations =
    known === undefined || folder === undefined
      ? []
      : namesIn(folder).filter((name) => isMutation(name) && !known.has(name));
  const logs = folder === undefined ? [] : damagedLogs(folder, new Set(fates.map(([{ name }]) => name)));
  const former = before?.definitions?.get(table.definition);
  const isUndone = before?.entries.get(dirname(table.definition))?.has(basename(definition)) === false;
  const isRedefined = former !== undefined && contentOf(definition)?.equals(former) !== true;
  const lines = [
    ...fates.map(([{ name }, fate]) => `${name} ${toldFate[fate]}`),
    ...mutations.map((name) => `${name} is not begun`),
    ...(isUndone ? ["is not made"] : []),
    ...(isRedefined ? ["is defined as before"] : []),
    ...(logs.length === 0 || fates.length > 0 ? [] : ["tokens that were cut off are forgotten"]),
  ];
  if (lines.length === 0) return undefined;
  return {
    lines,
    isUndone,
    mend: () => {
      if (folder !== undefined) {
        for (const [{ name }, fate] of fates) takeAway(folder, name, fate);
        for (const name of mutations) rmSync(join(folder, name), { force: true });
      }
      for (const { file, text } of logs) replaceFile(dataFolder, file, text);
      if (isRedefined) replaceFile(dataFolder, definition, former);
      if (isUndone) rmSync(definition, { force: true });
      if (isUndone && folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
