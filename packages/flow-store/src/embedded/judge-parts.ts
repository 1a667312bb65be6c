/** A part of a table, in force or not. */
export interface Part {
  /** Its table's folder. */
  readonly folder: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly partition: string;
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly level: number;
  /** The table's engine. */
  readonly engine: string;
}

/**
 * What becomes of a part that cannot stay. `again`: whoever sent its rows was told that they are not stored, and sends
 * them again. `sources`: the parts that it was made from are there still, and come into force again. `lost`: neither.
 */
export type Fate = "again" | "sources" | "lost";

/** What is known of parts. */
export interface PartFacts {
  /** Whether it has come since the write that is in doubt was about to begin. */
  readonly isNew: (part: Part) => boolean;
  /** Whether its files are what its checksums say; asked of parts in force alone. */
  readonly isWhole: (part: Part) => boolean;
}

/**
 * Judges all parts of all tables. Of an insert in doubt everything goes, whole or not and in every table: with a part of
 * it left, its repetition would be counted twice somewhere, or not at all.
 */
export function judgeParts(parts: readonly Part[], { isNew, isWhole }: PartFacts): ReadonlyMap<Part, Fate> {
  const fates = new Map<Part, Fate>();
  const inserted = parts.filter(isInserted);
  const again = inserted.filter(isNew);
  for (const part of again) fates.set(part, "again");
  for (const part of parts.filter((each) => !isInserted(each))) {
    if (again.some((each) => isSource(each, part))) fates.set(part, "sources");
  }
  for (const part of parts) {
    if (!part.isActive || fates.has(part) || isWhole(part)) continue;
    fates.set(part, parts.some((each) => isSource(each, part)) ? "sources" : "lost");
  }
  return fates;
}

/** INVARIANT: `optimize_on_insert` is on: engines that bring rows of a key together do so at the insert, at level 1. */
const isInserted = ({ name, level, engine, firstBlock, lastBlock }: Part): boolean =>
  firstBlock === lastBlock && level <= (engine === "MergeTree" ? 0 : 1) && name.split("_").length === 4;

/** Whether a part is one of those that another was merged or changed from. */
const isSource = (source: Part, made: Part): boolean =>
  source !== made &&
  !source.isActive &&
  source.folder === made.folder &&
  source.partition === made.partition &&
  source.firstBlock >= made.firstBlock &&
  source.lastBlock <= made.lastBlock &&
  source.level <= made.level;
