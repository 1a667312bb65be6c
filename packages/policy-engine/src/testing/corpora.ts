import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

/** Where the cases that this project did not write lie: `ISTHMUS_CORPORA`, or `shared/corpora` beside the project. */
export function corporaFolder(): string | undefined {
  const folder = process.env["ISTHMUS_CORPORA"] ?? resolve(import.meta.dirname, "../../../../../shared/corpora");
  if (existsSync(folder)) return folder;
  if (process.env["CI"] === "true") throw new Error(`corpora are missing at ${folder}: set ISTHMUS_CORPORA`);
  return undefined;
}

/** Reads one file of the corpora; undefined, said on the console, where there are none. */
export function readCorpus(name: string): unknown {
  const folder = corporaFolder();
  if (folder === undefined) {
    process.stdout.write(`skipped: no corpora here for ${name}; set ISTHMUS_CORPORA to run them\n`);
    return undefined;
  }
  return JSON.parse(readFileSync(resolve(folder, name), "utf8"));
}
