import { readFileSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "./table-folders";

/** A log of tokens, and what it is to be. */
export interface DamagedLog {
  readonly file: string;
  readonly text: string;
}

/** The logs of tokens in a table's folder that have a line that is cut off, or of a part that goes. */
export function damagedLogs(tableFolder: string, gone: ReadonlySet<string>): readonly DamagedLog[] {
  const folder = join(tableFolder, "deduplication_logs");
  return namesIn(folder).flatMap((name) => {
    const file = join(folder, name);
    const log = readFileSync(file, "utf8");
    const text = keptTokens(log, gone);
    return text === log ? [] : [{ file, text }];
  });
}

/** A line is an operation, the part and the token, separated by tabs. */
function keptTokens(log: string, gone: ReadonlySet<string>): string {
  const kept = log.split("\n").flatMap((line) => {
    // One that was cut off has the next one behind it.
    const [, whole = "", part = ""] = /([12]\t([^\t]+)\t[^\t]+)$/u.exec(line) ?? [];
    return whole === "" || gone.has(part) ? [] : [`${whole}\n`];
  });
  return kept.join("");
}
