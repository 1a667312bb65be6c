import type { Connectivity } from "./connectivity";
import { reportConnectivity, type PrintOptions, type ReportedLine } from "./report";

/** Forms in which connectivity is written. */
export const OUTPUT_FORMS = ["txt", "json", "csv", "md", "dot"] as const;

/** A form in which connectivity is written. */
export type OutputForm = (typeof OUTPUT_FORMS)[number];

const explained = ({ decisions = [] }: ReportedLine): readonly string[] => {
  const versions = new Set(decisions.map(({ version }) => version));
  return decisions.map(({ version, direction, connections, because }) => {
    const ip = versions.size > 1 ? `IPv${version} ` : "";
    return `  ${ip}${direction} ${connections}: ${because}`;
  });
};

function* textLines(lines: Iterable<ReportedLine>): Generator<string> {
  const unknown: string[] = [];
  for (const line of lines) {
    const pair = `${line.source} => ${line.destination}`;
    const why = explained(line);
    if (line.allowed !== undefined) yield [`${pair} : ${line.allowed}`, ...why].join("\n");
    if (line.unknown === undefined) continue;
    const reasons = line.allowed === undefined && why.length > 0 ? why : line.reasons.map((reason) => `  ${reason}`);
    unknown.push([`unknown: ${pair} : ${line.unknown}`, ...reasons].join("\n"));
  }
  yield* unknown;
}

/** One line a pair: `source => destination : connections`, sorted; what is unknown comes after, and says why. */
export const printText = (connectivity: Connectivity, options: PrintOptions): string =>
  [...textLines(reportConnectivity(connectivity, options))].join("\n");

function printJson(lines: Iterable<ReportedLine>): string {
  const connections = [...lines].map(({ source, destination, allowed, unknown, sets, reasons, decisions }) => ({
    src: source,
    dst: destination,
    conn: allowed ?? "No Connections",
    ...(unknown !== undefined && { unknown, reasons }),
    sets,
    ...(decisions && { decisions }),
  }));
  return JSON.stringify(connections, null, 2);
}

const csvField = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const because = (line: ReportedLine): readonly string[] =>
  line.decisions
    ? [
        explained(line)
          .map((text) => text.trim())
          .join("; "),
      ]
    : [];

/** The heads of the columns, then a row a line. */
const tableOf = (lines: readonly ReportedLine[]): readonly (readonly string[])[] => [
  ["src", "dst", "conn", "unknown", ...(lines[0]?.decisions ? ["because"] : [])],
  ...lines.map((line) => [line.source, line.destination, line.allowed ?? "", line.unknown ?? "", ...because(line)]),
];

function printCsv(lines: readonly ReportedLine[]): string {
  return tableOf(lines)
    .map((row) => row.map(csvField).join(","))
    .join("\n");
}

const mdField = (text: string): string => text.replaceAll("|", "\\|");

function printMarkdown(lines: readonly ReportedLine[]): string {
  const [header = [], ...rows] = tableOf(lines);
  const row = (fields: readonly string[]) => `| ${fields.map(mdField).join(" | ")} |`;
  return [row(header), `|${header.map(() => "-----|").join("")}`, ...rows.map(row)].join("\n");
}

const dotText = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

function printDot(lines: readonly ReportedLine[]): string {
  const names = [...new Set(lines.flatMap(({ source, destination }) => [source, destination]))];
  const nodes = names.map((name) => {
    const outside = name.endsWith("[External]");
    return `  ${dotText(name)} [label=${dotText(name)} color="${outside ? "red2" : "blue"}"]`;
  });
  const edge = ({ source, destination }: ReportedLine, label: string, style: string) =>
    `  ${dotText(source)} -> ${dotText(destination)} [label=${dotText(label)}${style}]`;
  const edges = lines.flatMap((line) => [
    ...(line.allowed === undefined ? [] : [edge(line, line.allowed, "")]),
    ...(line.unknown === undefined ? [] : [edge(line, `unknown: ${line.unknown}`, " style=dashed")]),
  ]);
  return ["digraph {", ...nodes, ...edges, "}"].join("\n");
}

/** Writes connectivity in a form; pairs that may not connect are left out. */
export function printConnectivity(connectivity: Connectivity, form: OutputForm, options: PrintOptions): string {
  if (form === "txt") return printText(connectivity, options);
  const lines = [...reportConnectivity(connectivity, options)];
  if (form === "json") return printJson(lines);
  if (form === "csv") return printCsv(lines);
  return form === "md" ? printMarkdown(lines) : printDot(lines);
}
