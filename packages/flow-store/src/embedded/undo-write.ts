import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Fate } from "./judge-parts";
import { isDefinition, isMutation, takeAway, toldFate } from "./part-folders";
import { contentOf, DATABASES, namesIn, replaceFile, tableFolders, type TableFolders } from "./table-folders";
import { damagedLogs } from "./token-log";

/**
 * Undoes what a write left whose process died before anybody was told that it is done: parts and their tokens, mutations,
 * definitions. Part of it would be counted twice once it is repeated, or not at all; and with a definition or a
 * mutation that a full disk cut off the engine does not open. To be done before it opens; gives a line for each.
 */
export function undoWrite(dataFolder: string, before: TableFolders): readonly string[] {
  const undone: string[] = [];
  for (const folder of tableFolders(dataFolder)) {
    const known = before.entries.get(folder);
    // A folder that is new is nobody's once the definition that names it is gone.
    if (known !== undefined) undone.push(...undoIn(dataFolder, folder, known).map((line) => `${folder}: ${line}`));
  }
  for (const [file, text] of before.definitions ?? []) {
    const found = contentOf(join(dataFolder, file));
    // One that was dropped is dropped.
    if (found === undefined || found.equals(text)) continue;
    replaceFile(dataFolder, join(dataFolder, file), text);
    undone.push(`${file} is what it was`);
  }
  return undone;
}

function undoIn(dataFolder: string, folder: string, known: ReadonlySet<string>): readonly string[] {
  const path = join(dataFolder, folder);
  const names = namesIn(path);
  const come = names.filter((name) => !known.has(name));
  const stray = come.filter((name) => folder === DATABASES || isDefinition(name) || isMutation(name));
  for (const name of stray) rmSync(join(path, name), { recursive: true, force: true });
  const fates = fatesOf(
    come,
    [...known].filter((name) => names.includes(name)),
    lastBlockOf(known),
  );
  for (const [name, fate] of fates) takeAway(path, name, fate);
  for (const { file, text } of damagedLogs(path, new Set(fates.keys()))) replaceFile(dataFolder, file, text);
  return [
    ...stray.map((name) => `${name} is not made`),
    ...[...fates].map(([name, fate]) => `${name} ${toldFate[fate]}`),
  ];
}

interface Blocks {
  readonly partition: string;
  readonly first: number;
  readonly last: number;
}

/** The blocks of a part, by its name; undefined for what is none, or is not in force yet or any more. */
function blocksOf(name: string): Blocks | undefined {
  const [, partition, first, last] = /^(?!tmp_|delete_tmp_)(.+)_(\d+)_(\d+)_\d+(?:_\d+)?$/u.exec(name) ?? [];
  return partition === undefined ? undefined : { partition, first: Number(first), last: Number(last) };
}

const lastBlockOf = (names: Iterable<string>): number =>
  Math.max(0, ...[...names].map((name) => blocksOf(name)?.last ?? 0));

/** What becomes of parts that have come: blocks are numbered through, insert by insert, in each table. */
function fatesOf(come: readonly string[], left: readonly string[], lastKnown: number): ReadonlyMap<string, Fate> {
  const sources = left.flatMap((name) => blocksOf(name) ?? []);
  const fates = new Map<string, Fate>();
  for (const name of come) {
    const made = blocksOf(name);
    if (made === undefined || made.last <= lastKnown) continue;
    if (made.first > lastKnown) fates.set(name, "again");
    // Where what it was made from is gone, it is better kept.
    else if (sources.some((each) => isWithin(each, made))) fates.set(name, "sources");
  }
  return fates;
}

const isWithin = (part: Blocks, { partition, first, last }: Blocks): boolean =>
  part.partition === partition && part.first >= first && part.last <= last;
