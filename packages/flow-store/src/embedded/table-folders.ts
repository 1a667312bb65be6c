import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the engine's folders hold at one moment; folders and files by their paths from the data folder on. */
export interface TableFolders {
  /**
   * The names of what is in each table's folder (its parts and its mutations), in each database's (the definitions of
   * its tables), and in `metadata` (the definitions of databases).
   */
  readonly entries: ReadonlyMap<string, ReadonlySet<string>>;
  /** The definitions, by their file; undefined where nobody is about to change one. */
  readonly definitions: ReadonlyMap<string, Buffer> | undefined;
}

/** The folder of the definitions of databases. */
export const DATABASES = "metadata";

/** The folders of tables and of the databases' definitions that are there now. */
export function tableFolders(dataFolder: string): readonly string[] {
  const prefixes = namesIn(join(dataFolder, "store"));
  const folders = prefixes.flatMap((prefix) =>
    namesIn(join(dataFolder, "store", prefix)).map((name) => join("store", prefix, name)),
  );
  return [...folders, DATABASES];
}

/** Notes what is there, in a millisecond or two; throws where a folder is there and cannot be read. */
export function noteTableFolders(
  dataFolder: string,
  { withDefinitions }: { readonly withDefinitions: boolean },
): TableFolders {
  const entries = new Map<string, ReadonlySet<string>>();
  const definitions = new Map<string, Buffer>();
  for (const folder of tableFolders(dataFolder)) {
    const names = namesIn(join(dataFolder, folder));
    entries.set(folder, new Set(names));
    if (!withDefinitions) continue;
    for (const file of names.filter((each) => each.endsWith(".sql"))) {
      definitions.set(join(folder, file), readFileSync(join(dataFolder, folder, file)));
    }
  }
  return { entries, definitions: withDefinitions ? definitions : undefined };
}

/** None where the folder is not there (yet, or any more). */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

/** Writes a file of the data folder whole or not at all. */
export function replaceFile(dataFolder: string, file: string, content: Buffer | string): void {
  // Beside the file the engine would take it for one of its own.
  const written = join(dataFolder, "replacing.isthmus");
  writeFileSync(written, content, { mode: 0o640 });
  renameSync(written, file);
}

/** A file's content; undefined where there is none. */
export function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
