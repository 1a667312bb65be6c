import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the engine's folders hold at one moment. */
export interface TableFolders {
  /** The names of what is in each table's folder: its parts and its mutations. */
  readonly entries: ReadonlyMap<string, ReadonlySet<string>>;
  /** The definitions of tables and views, by their file; undefined where nobody is about to change one. */
  readonly definitions: ReadonlyMap<string, Buffer> | undefined;
}

/** Notes what is there, in a millisecond or two. */
export function noteTableFolders(
  dataFolder: string,
  { withDefinitions }: { readonly withDefinitions: boolean },
): TableFolders {
  const entries = new Map<string, ReadonlySet<string>>();
  const definitions = new Map<string, Buffer>();
  const store = join(dataFolder, "store");
  for (const prefix of namesIn(store)) {
    for (const name of namesIn(join(store, prefix))) {
      const folder = join(store, prefix, name);
      const names = namesIn(folder);
      entries.set(folder, new Set(names));
      if (!withDefinitions) continue;
      for (const file of names.filter((each) => each.endsWith(".sql"))) {
        definitions.set(join(folder, file), readFileSync(join(folder, file)));
      }
    }
  }
  return { entries, definitions: withDefinitions ? definitions : undefined };
}

/** None where the folder is not there (yet, or any more). */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
