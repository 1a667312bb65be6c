/**
 * A row's text as one line of a file. JSON leaves U+2028 and U+2029 as they are, which some readers of lines take for the
 * end of one: a text of an agent's with one of them would make a backup that nobody can read back.
 */
export const rowLine = (row: string): string =>
  `${JSON.stringify(row).replace(/[\u2028\u2029]/gu, (end) => (end === "\u2028" ? "\\u2028" : "\\u2029"))}\n`;
