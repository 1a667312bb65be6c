/** The record of soak runs: one section with a table for each group. */
const TITLE = "# Soak runs";

const head = (columns) => `| ${columns.join(" | ")} |\n| ${columns.map(() => "---").join(" | ")} |`;

const cell = (value) =>
  String(value)
    .replaceAll("|", "\\|")
    .replaceAll(/\s*\n\s*/g, " ");

/**
 * The record with one more row at the end of the group's table; a group without a section gets one at the end, with its
 * introduction and the head of its table.
 */
export function withRow(record, { group, intro, columns }, cells) {
  const row = `| ${cells.map(cell).join(" | ")} |`;
  const text = record.trim() === "" ? TITLE : record.trimEnd();
  const sections = text.split(/\n(?=## )/);
  const at = sections.findIndex((section) => section.split("\n")[0].trim() === `## ${group}`);
  if (at < 0) return `${text}\n\n## ${group}\n\n${intro}\n\n${head(columns)}\n${row}\n`;
  sections[at] = `${sections[at].trimEnd()}\n${row}\n`;
  return `${sections.join("\n").trimEnd()}\n`;
}

/** Counts as a cell tells them: the sum where there are several, then each. */
export function countsText(counts) {
  const entries = Object.entries(counts);
  return entries.map(([name, count]) => `${name} ${count.toLocaleString("en-US")}`).join(", ");
}

/** What came of a run, as its last cell tells it. */
export const outcomeText = (faults) => (faults.length === 0 ? "held" : `**failed**: ${faults.join("; ")}`);
