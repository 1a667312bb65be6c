/** The folder of a table's tokens. */
export const TOKEN_LOGS = "deduplication_logs";

/**
 * A log of tokens (`deduplication_logs/*.txt`) without the lines of parts that go, and without those that are cut off.
 * A line is an operation, the part and the token, separated by tabs.
 */
export function keptTokens(log: string, gone: ReadonlySet<string>): string {
  const kept = log.split("\n").flatMap((line) => {
    // One that was cut off has the next one behind it.
    const [, whole = "", part = ""] = /([12]\t([^\t]+)\t[^\t]+)$/u.exec(line) ?? [];
    return whole === "" || gone.has(part) ? [] : [`${whole}\n`];
  });
  return kept.join("");
}
