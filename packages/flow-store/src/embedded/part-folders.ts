import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Fate } from "./judge-parts";

/** What is said of a part that meets its fate, after its name. */
export const toldFate: Readonly<Record<Fate, string>> = {
  again: "is taken back, to be inserted again",
  sources: "is put aside for what it was made from",
  lost: "is LOST: it cannot be read, and is put aside",
};

/** Takes a part away whose table is not attached; where it is gone already nothing is done. */
export function takeAway(folder: string, name: string, fate: Fate): void {
  if (fate === "again") return rmSync(join(folder, name), { recursive: true, force: true });
  // Put aside by a mend that failed after it; a merge that is tried again has the same name.
  if (!existsSync(join(folder, name))) return;
  const aside = join(folder, "detached", `cut-off_${name}`);
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(dirname(aside), { recursive: true });
  renameSync(join(folder, name), aside);
}

/** Whether a name in a table's folder is that of a mutation, begun or being written. */
export const isMutation = (name: string): boolean => /^(?:tmp_)?mutation_\d+\.txt$/u.test(name);

/** Whether a name in a database's folder is that of a definition, in force or being written. */
export const isDefinition = (name: string): boolean => /\.sql(?:\.tmp)?$/u.test(name);
