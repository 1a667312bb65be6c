import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { valuesFromFiles } from "@isthmus/std";

/** What the process reads from its environment. */
export interface MigrateConfig {
  readonly ownerUrl: string;
  readonly appPassword?: string;
  readonly folder: string;
}

/** May be mounted as files, named by the same variable with _FILE. */
const secrets = ["ISTHMUS_DATABASE_OWNER_URL", "ISTHMUS_DATABASE_APP_PASSWORD"];

/** Reads the configuration; each error names the variable and the cure. */
export function readMigrateConfig(
  given: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string = (path) => readFileSync(path, "utf8"),
): MigrateConfig {
  const values = valuesFromFiles(given, secrets, readFile);
  if (!values.ok) throw new Error(values.error);
  const environment = values.value;
  const ownerUrl = environment["ISTHMUS_DATABASE_OWNER_URL"];
  if (!ownerUrl) {
    throw new Error(
      "ISTHMUS_DATABASE_OWNER_URL is not set: give a postgres:// address whose role owns the database and may create roles",
    );
  }
  if (!/^postgres(ql)?:\/\//.test(ownerUrl)) {
    throw new Error("ISTHMUS_DATABASE_OWNER_URL must begin with postgres:// or postgresql://");
  }
  const appPassword = environment["ISTHMUS_DATABASE_APP_PASSWORD"];
  const folder = environment["ISTHMUS_MIGRATIONS"] ?? findMigrations(dirname(fileURLToPath(import.meta.url)));
  return { ownerUrl, folder, ...(appPassword ? { appPassword } : {}) };
}

/** Finds prisma/migrations in a folder above this one, which holds for the sources, the bundle and the image. */
export function findMigrations(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "prisma", "migrations");
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) {
      throw new Error(`no prisma/migrations above ${from}: set ISTHMUS_MIGRATIONS to the folder of migrations`);
    }
  }
}
