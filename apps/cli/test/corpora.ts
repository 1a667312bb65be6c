import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** Where the cases that this project did not write lie: `ISTHMUS_CORPORA`, or `shared/corpora` beside the project. */
export function corporaFolder(): string | undefined {
  const folder = process.env["ISTHMUS_CORPORA"] ?? resolve(import.meta.dirname, "../../../../shared/corpora");
  if (existsSync(folder)) return folder;
  if (process.env["CI"] === "true") throw new Error(`corpora are missing at ${folder}: set ISTHMUS_CORPORA`);
  return undefined;
}
