import type { Clause } from "../clauses/clause";

/** One change to one file that makes it wrong. */
export interface Mutant {
  readonly what: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

/** A mutant that gets a clause wrong. */
export interface ClauseMutant extends Mutant {
  readonly clause: Clause;
}

/** Clause, what goes wrong, and the text that is replaced by another. */
export type Change = readonly [clause: Clause, what: string, from: string, to: string];

/** Mutants of the files of one folder. */
export const mutantsIn = (
  folder: string,
  files: Readonly<Record<string, readonly Change[]>>,
): readonly ClauseMutant[] =>
  Object.entries(files).flatMap(([file, changes]) =>
    changes.map(([clause, what, from, to]) => ({ clause, what, file: `${folder}/${file}`, from, to })),
  );
