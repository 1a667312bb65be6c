import { copyFileSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findMigrationsOf, loadDatabase } from "@isthmus/db/backup";
import { ownerUrlOf } from "@isthmus/db/embedded-postgres";
import { restoreFlowStore } from "@isthmus/flow-store/backup";
import { portsFor } from "../stack/ports";
import { openStateFolder } from "../stack/state-folder";
import { copyKeys } from "./back-up";
import { databaseIn, evidenceIn, keysIn, readManifest, type Manifest } from "./manifest";
import { withStores, type Stores, type StoresInput } from "./stores";

/** What is restored, and with which keys where the backup has none. */
export interface RestoreInput extends Omit<StoresInput, "folder"> {
  readonly from: string;
  readonly keys: string | undefined;
}

/** Makes a new state folder from a backup that was found to be whole; leaves nothing behind where that fails. */
export async function restore(input: RestoreInput): Promise<Manifest> {
  const { config, console, from } = input;
  if (existsSync(config.home) && readdirSync(config.home).length > 0) {
    throw new Error(
      `${config.home} is not empty: restore into a new folder, as with ISTHMUS_HOME=${config.home}-restored`,
    );
  }
  const manifest = await console.step("is the backup whole", () => readManifest(from));
  await findMigrationsOf(manifest.database, migrationsFolder(input));
  const keys = keysOf(input, manifest);
  const folder = openStateFolder(config.home);
  try {
    await copyKeys(keys, folder.secrets);
    await withStores({ config, console, folder }, async (stores) => {
      await console.step("Postgres", () => restoreDatabase(input, stores, manifest));
      await console.step("ClickHouse", async () => {
        const archive = join(folder.clickhouse, "backups", "restored.tar");
        copyFileSync(evidenceIn(from), archive);
        await restoreFlowStore(stores.flows, { archive, nowMs: Date.now() });
        rmSync(archive);
      });
    });
    return manifest;
  } catch (error) {
    rmSync(config.home, { recursive: true, force: true });
    throw error;
  }
}

const migrationsFolder = ({ config }: Pick<RestoreInput, "config">): string => join(config.root, "prisma/migrations");

function keysOf({ from, keys }: RestoreInput, manifest: Manifest): string {
  if (keys !== undefined) {
    if (!existsSync(join(keys, "signing-key.pem"))) throw new Error(`${keys} holds no signing-key.pem`);
    return keys;
  }
  if (manifest.keys.length > 0) return keysIn(from);
  throw new Error(
    "the backup was made without its keys: name the folder that holds them, as --keys /safe/isthmus-keys",
  );
}

async function restoreDatabase({ config, from }: RestoreInput, stores: Stores, manifest: Manifest): Promise<void> {
  const dataDir = join(config.home, "postgres");
  await loadDatabase(manifest.database, {
    superuserUrl: stores.superuserUrl,
    ownerUrl: ownerUrlOf({ dataDir, port: portsFor(config.port).postgres }),
    migrationsFolder: migrationsFolder({ config }),
    folder: databaseIn(from),
  });
}
