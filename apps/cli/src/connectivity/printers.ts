import { OUTPUT_FORMS, type OutputForm, type ReportedLine } from "@isthmus/policy-engine";
import { jsonHead } from "../report/json";
import { visible } from "../report/paint";

/** What a printer is told besides the lines. */
export interface PrintContext {
  readonly explained: boolean;
  /** Fields of the answer as a whole, for JSON. */
  readonly head: object;
}

type Printer = (lines: Iterable<ReportedLine>, context: PrintContext) => Iterable<string>;

/** What decides about a line, a sentence for each part of its connections at each end. */
function decisionLines({ decisions = [] }: ReportedLine): readonly string[] {
  const several = new Set(decisions.map(({ version }) => version)).size > 1;
  return decisions.map(
    ({ version, direction, connections, because }) =>
      `${several ? `IPv${version} ` : ""}${direction} ${connections}: ${because}`,
  );
}

const indented = (texts: readonly string[]): string => texts.map((text) => `    ${visible(text)}\n`).join("");

/** One line a pair, as netpol-analyzer writes it; what is unknown comes last, and says why. */
function* text(lines: Iterable<ReportedLine>): Iterable<string> {
  const unknown: string[] = [];
  for (const line of lines) {
    const pair = `${visible(line.source)} => ${visible(line.destination)}`;
    const why = indented(decisionLines(line));
    if (line.allowed !== undefined) yield `${pair} : ${line.allowed}\n${why}`;
    if (line.unknown === undefined) continue;
    const reasons = line.allowed === undefined && why !== "" ? why : indented(line.reasons);
    unknown.push(`unknown: ${pair} : ${line.unknown}\n${reasons}`);
  }
  yield* unknown;
}

function* json(lines: Iterable<ReportedLine>, { head }: PrintContext): Iterable<string> {
  yield jsonHead("connectivity", head);
  yield `  "connections": [`;
  let before = "\n";
  for (const { source: from, destination: to, reasons, ...rest } of lines) {
    const why = reasons.length > 0 ? { reasons } : {};
    yield `${before}    ${JSON.stringify({ from, to, ...rest, ...why })}`;
    before = ",\n";
  }
  yield before === "\n" ? "]\n}\n" : "\n  ]\n}\n";
}

/** RFC 4180. */
const csvField = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

const HEADER = ["from", "to", "allowed", "unknown"] as const;

const fieldsOf = (line: ReportedLine): readonly string[] => [
  line.source,
  line.destination,
  line.allowed ?? "",
  line.unknown ?? "",
];

function* csv(lines: Iterable<ReportedLine>, { explained }: PrintContext): Iterable<string> {
  yield `${[...HEADER, ...(explained ? ["because"] : [])].join(",")}\r\n`;
  for (const line of lines) {
    const why = explained ? [decisionLines(line).join("\n")] : [];
    yield `${[...fieldsOf(line), ...why].map(csvField).join(",")}\r\n`;
  }
}

const cell = (content: string): string => visible(content).replaceAll(/[\\|]/g, String.raw`\$&`);

function* markdown(lines: Iterable<ReportedLine>, { explained }: PrintContext): Iterable<string> {
  const columns = [...HEADER, ...(explained ? ["because"] : [])];
  yield `| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}\n`;
  for (const line of lines) {
    const why = explained ? [decisionLines(line).map(cell).join("<br>")] : [];
    yield `| ${[...fieldsOf(line).map(cell), ...why].join(" | ")} |\n`;
  }
}

const dotText = (content: string): string => `"${visible(content).replaceAll(/["\\]/g, String.raw`\$&`)}"`;

/** One edge a pair, dashed where it is unknown. Nodes are the ends of edges. */
function* dot(lines: Iterable<ReportedLine>, { explained }: PrintContext): Iterable<string> {
  yield "digraph connectivity {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const line of lines) {
    const tooltip = explained ? `, tooltip=${dotText(decisionLines(line).join("; "))}` : "";
    const edge = (label: string, style: string) =>
      `  ${dotText(line.source)} -> ${dotText(line.destination)} [label=${dotText(label)}${style}${tooltip}];\n`;
    if (line.allowed !== undefined) yield edge(line.allowed, "");
    if (line.unknown !== undefined) yield edge(line.unknown, ", style=dashed");
  }
  yield "}\n";
}

/** Prints lines as they come: there are as many as pairs of workloads. */
export const PRINTERS: Readonly<Record<OutputForm, Printer>> = { txt: text, json, csv, md: markdown, dot };

/** The form that was asked for; text where none was. */
export const formOf = (name: string | undefined): OutputForm => OUTPUT_FORMS.find((form) => form === name) ?? "txt";
