import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { dumpDatabase, sha256OfFile } from "@isthmus/db/backup";
import { backUpFlowStore } from "@isthmus/flow-store/backup";
import type { StateFolder } from "../stack/state-folder";
import { databaseIn, evidenceIn, keysIn, writeManifest, type Manifest } from "./manifest";
import { withStores, type Stores, type StoresInput } from "./stores";

/** What is backed up, and where to. */
export interface BackUpInput extends StoresInput {
  readonly to: string;
  readonly withKeys: boolean;
}

/**
 * Copies both stores and the keys into a new folder, while Isthmus runs or not. Postgres first: what it says of evidence
 * is then in the evidence, which is copied after it.
 */
export async function backUp(input: BackUpInput): Promise<Manifest> {
  const { folder, console, to } = input;
  if (existsSync(to)) throw new Error(`${to} exists: name a folder that does not, so that no backup is written over`);
  // Under another name until it is whole.
  const unfinished = `${to}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  makeTarget(unfinished);
  try {
    const { database, evidenceSha256 } = await withStores(input, async (stores) => {
      const dumped = await console.step("Postgres", () => dumpDatabase(stores.superuserUrl, databaseIn(unfinished)));
      const sha256 = await console.step("ClickHouse", () => copyEvidence(stores, folder, unfinished));
      return { database: dumped, evidenceSha256: sha256 };
    });
    const keys = input.withKeys ? await copyKeys(folder.secrets, keysIn(unfinished)) : [];
    const version = versionOf(input.config.root);
    const manifest = { format: 1, version, madeAt: new Date().toISOString(), database, evidenceSha256, keys } as const;
    writeManifest(unfinished, manifest);
    renameSync(unfinished, to);
    return manifest;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** The folder that it is in must be there: where a disk is not mounted, a backup would land in the wrong place. */
function makeTarget(folder: string): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) throw new Error(`${parent} is not there: make it, or mount the disk that belongs there`);
  mkdirSync(folder, { mode: 0o700 });
}

async function copyEvidence({ flows }: Stores, folder: StateFolder, to: string): Promise<string> {
  // The engine writes to its own folder alone.
  const archive = join(folder.clickhouse, "backups", `backup-${process.pid}.tar`);
  try {
    await backUpFlowStore(flows, archive);
    copyFileSync(archive, evidenceIn(to));
    chmodSync(evidenceIn(to), 0o600);
  } finally {
    rmSync(archive, { force: true });
  }
  return await sha256OfFile(evidenceIn(to));
}

/** Copies the files of a folder of secrets, readable by nobody else. */
export async function copyKeys(from: string, to: string): Promise<Manifest["keys"]> {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const keys = [];
  for (const name of readdirSync(from).toSorted()) {
    copyFileSync(join(from, name), join(to, name));
    // A copy has the mode of what it was made from, which may have lain on a disk that knows none.
    chmodSync(join(to, name), 0o600);
    keys.push({ name, sha256: await sha256OfFile(join(to, name)) });
  }
  return keys;
}

function versionOf(root: string): string {
  return (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
}
