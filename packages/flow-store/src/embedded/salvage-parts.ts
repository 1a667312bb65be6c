import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Runs a statement and gives its rows, as JSONEachRow writes them. */
export type Ask = <T>(sql: string) => Promise<readonly T[]>;

interface Part {
  /** With its database, quoted. */
  readonly table: string;
  readonly name: string;
  readonly path: string;
  readonly active: number;
  readonly partition_id: string;
  readonly min_block_number: number;
  readonly max_block_number: number;
  readonly level: number;
  readonly engine: string;
  /** Unix seconds. */
  readonly modified: number;
}

/** A part that cannot stay, and what becomes of it. */
interface DoubtfulPart extends Part {
  /**
   * Its rows come again from whoever was not told; or its sources are there still and come into force again; or neither,
   * and it is put aside so that the rest of its table can be read.
   */
  readonly cure: "drop" | "reload" | "detach";
}

/** Times of parts are whole seconds. */
const SLACK_SECONDS = 2;
/** A table that was attached anew has parts again of which the token was not written. */
const ROUNDS = 3;

/**
 * Looks through parts that were written from some time on. One that was cut off while it was merged goes aside when its
 * table is attached anew, and those that it was made from are in force again. One that was cut off while it was inserted
 * is dropped, and its token with it, so that it can be inserted again: nobody was told that it is stored. So is one whose
 * token is not in the table's log of them, since it would be forgotten with the next start.
 */
export function createSalvage(): (ask: Ask, sinceMs: number) => Promise<readonly string[]> {
  /** Tables that could not be attached when they were to be: they are tried again. */
  const away = new Set<string>();
  return async (ask, sinceMs) => {
    const since = Math.floor(sinceMs / 1_000) - SLACK_SECONDS;
    const done: string[] = [];
    for (const table of away) await attach(ask, table, away);
    for (let round = 0; round < ROUNDS; round += 1) {
      const mended = await salvageOnce(ask, since, away);
      done.push(...mended);
      if (mended.length === 0) break;
    }
    return done;
  };
}

async function salvageOnce(ask: Ask, since: number, away: Set<string>): Promise<readonly string[]> {
  const done: string[] = [];
  const doubtful = await doubtfulParts(ask, since);
  for (const table of new Set(doubtful.map((part) => part.table))) {
    const own = doubtful.filter((part) => part.table === table);
    // First: attached anew, the table would remember an insert's token and have no part of it.
    for (const { name } of own.filter(({ cure }) => cure === "drop")) {
      await ask(`ALTER TABLE ${table} DROP PART '${name}'`);
      done.push(`${table} ${name}: dropped, to be inserted again`);
    }
    for (const { name } of own.filter(({ cure }) => cure === "detach")) {
      await ask(`ALTER TABLE ${table} DETACH PART '${name}'`);
      done.push(`${table} ${name}: LOST, put aside in detached`);
    }
    const reloaded = own.filter(({ cure }) => cure === "reload");
    if (reloaded.length === 0) continue;
    await ask(`DETACH TABLE ${table} SYNC`);
    away.add(table);
    await attach(ask, table, away);
    done.push(...reloaded.map(({ name }) => `${table} ${name}: what it was made from is in force again`));
  }
  return done;
}

async function attach(ask: Ask, table: string, away: Set<string>): Promise<void> {
  await ask(`ATTACH TABLE ${table}`);
  away.delete(table);
  // As a new table it would merge what the next round may drop.
  await ask(`SYSTEM STOP MERGES ${table}`);
}

async function doubtfulParts(ask: Ask, since: number): Promise<readonly DoubtfulPart[]> {
  const all = await ask<Part>(`
    SELECT concat('\`', database, '\`.\`', table, '\`') AS table, name, path, active, partition_id, level, engine,
      min_block_number, max_block_number, toUnixTimestamp(modification_time) AS modified
    FROM system.parts WHERE database != 'system'
    SETTINGS output_format_json_quote_64bit_integers = 0`);
  const doubtful: DoubtfulPart[] = [];
  for (const part of all) {
    if (part.active !== 1 || part.modified < since) continue;
    const cureOfCutOff = isInserted(part) ? "drop" : all.some((other) => isSource(other, part)) ? "reload" : "detach";
    if (!(await isWhole(ask, part))) doubtful.push({ ...part, cure: cureOfCutOff });
    else if (isInserted(part) && (await lacksToken(part))) doubtful.push({ ...part, cure: "drop" });
  }
  return doubtful;
}

async function isWhole(ask: Ask, { table, name }: Part): Promise<boolean> {
  const [checked] = await ask<{ readonly is_passed: number | boolean }>(
    `CHECK TABLE ${table} PART '${name}' SETTINGS check_query_single_value_result = 0`,
  );
  return Boolean(checked?.is_passed);
}

/** Whether a part's table has a log of tokens, and the part is not in it. */
async function lacksToken({ name, path }: Part): Promise<boolean> {
  const folder = join(path, "..", "deduplication_logs");
  const files = await readdir(folder).catch(() => []);
  if (files.length === 0) return false;
  const logs = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return !logs.some((log) => log.includes(`\t${name}\t`));
}

/** Whether an insert made it. Engines that bring rows of a key together do so at the insert, and call that a level. */
const isInserted = ({ name, level, engine, min_block_number: first, max_block_number: last }: Part): boolean =>
  first === last && level <= (engine === "MergeTree" ? 0 : 1) && name.split("_").length === 4;

/** Whether a part is one of those that another was merged or changed from. */
const isSource = (old: Part, part: Part): boolean =>
  old.active === 0 &&
  old.table === part.table &&
  old.partition_id === part.partition_id &&
  old.min_block_number >= part.min_block_number &&
  old.max_block_number <= part.max_block_number;
