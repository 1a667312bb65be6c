import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256OfFile, type DatabaseDump } from "@isthmus/db/backup";

/** What a backup holds, and how it can be known to be whole. */
export interface Manifest {
  readonly format: 1;
  /** Of Isthmus, when it was made. */
  readonly version: string;
  readonly madeAt: string;
  readonly database: DatabaseDump;
  /** Of `clickhouse.tar`, hex. */
  readonly evidenceSha256: string;
  /** Files of `keys/`; empty where they are kept apart. */
  readonly keys: readonly { readonly name: string; readonly sha256: string }[];
}

const fileIn = (folder: string) => join(folder, "manifest.json");

/** The archive of the evidence in a backup. */
export const evidenceIn = (folder: string): string => join(folder, "clickhouse.tar");
/** The folder of the tables' files in a backup. */
export const databaseIn = (folder: string): string => join(folder, "postgres");
/** The folder of passwords and keys in a backup. */
export const keysIn = (folder: string): string => join(folder, "keys");

/** Writes the manifest, which is last. */
export function writeManifest(folder: string, manifest: Manifest): void {
  writeFileSync(fileIn(folder), `${JSON.stringify(manifest, undefined, 2)}\n`, { mode: 0o600 });
}

function parseManifest(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(fileIn(folder), "utf8")) as Manifest;
  } catch (cause) {
    throw new Error(`the backup is damaged: ${fileIn(folder)} is not as it was written`, { cause });
  }
}

/** Reads a backup's manifest and every file of it; throws where something is missing or not as it was written. */
export async function readManifest(folder: string): Promise<Manifest> {
  if (!existsSync(fileIn(folder))) throw new Error(`${folder} is no backup: it has no manifest.json`);
  const manifest = parseManifest(folder);
  if (manifest.format !== 1)
    throw new Error(`${folder} is of another format: restore it with the version that made it`);
  const files = [
    ...manifest.database.tables.map(
      ({ name, sha256 }) => [join(databaseIn(folder), `${name}.jsonl.gz`), sha256] as const,
    ),
    ...manifest.keys.map(({ name, sha256 }) => [join(keysIn(folder), name), sha256] as const),
    [evidenceIn(folder), manifest.evidenceSha256] as const,
  ];
  for (const [file, sha256] of files) {
    if (!existsSync(file)) throw new Error(`the backup is not whole: ${file} is missing`);
    if ((await sha256OfFile(file)) !== sha256)
      throw new Error(`the backup is damaged: ${file} is not as it was written`);
  }
  return manifest;
}
