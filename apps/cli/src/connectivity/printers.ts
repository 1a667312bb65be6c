import { jsonHead } from "../report/json";
import { visible } from "../report/paint";
import type { Reason } from "./reasons";
import type { Row } from "./rows";

/** The forms of an answer. */
export const FORMATS = ["txt", "json", "csv", "md", "dot"] as const;
export type Format = (typeof FORMATS)[number];

/** What a printer is told besides the rows. */
export interface PrintContext {
  readonly explained: boolean;
  /** Fields of the answer as a whole, for JSON. */
  readonly head: object;
}

type Printer = (rows: Iterable<Row>, context: PrintContext) => Iterable<string>;

const side = (verb: string, sentences: readonly string[]): readonly string[] =>
  sentences.length === 0 ? [] : [`${verb}: ${sentences.join("; ")}`];

const sides = ({ leaving, reaching }: Reason): readonly string[] => [
  ...side("leaving", leaving),
  ...side("reaching", reaching),
];

/** A single reason is one for all connections of the row, which need not be said again. */
function reasonLines({ reasons = [] }: Row): readonly string[] {
  const [only, ...more] = reasons;
  if (only && more.length === 0) return sides(only);
  return reasons.flatMap((reason) => [reason.connections, ...sides(reason).map((text) => `  ${text}`)]);
}

const reasonsText = (row: Row): string =>
  reasonLines(row)
    .map((text) => `    ${visible(text)}\n`)
    .join("");

/** One line a pair, as netpol-analyzer writes it; what is unknown comes last, and says so. */
function* text(rows: Iterable<Row>): Iterable<string> {
  const unknown: string[] = [];
  for (const row of rows) {
    const pair = `${visible(row.from.name)} => ${visible(row.to.name)}`;
    if (row.allowed !== undefined) yield `${pair} : ${row.allowed}\n${reasonsText(row)}`;
    if (row.unknown !== undefined) {
      unknown.push(`unknown: ${pair} : ${row.unknown}\n${row.allowed === undefined ? reasonsText(row) : ""}`);
    }
  }
  yield* unknown;
}

function* json(rows: Iterable<Row>, { head }: PrintContext): Iterable<string> {
  yield jsonHead("connectivity", head);
  yield `  "connections": [`;
  let before = "\n";
  for (const { from, to, allowed, unknown, reasons } of rows) {
    const names = { from: from.name, fromKind: from.kind, to: to.name, toKind: to.kind };
    yield `${before}    ${JSON.stringify({ ...names, allowed, unknown, because: reasons })}`;
    before = ",\n";
  }
  yield before === "\n" ? "]\n}\n" : "\n  ]\n}\n";
}

const why = (row: Row, lineBreak: string): string => reasonLines(row).join(lineBreak);

/** RFC 4180. */
const csvField = (field: string): string => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

function* csv(rows: Iterable<Row>, { explained }: PrintContext): Iterable<string> {
  yield `from,to,allowed,unknown${explained ? ",because" : ""}\r\n`;
  for (const row of rows) {
    const fields = [row.from.name, row.to.name, row.allowed ?? "", row.unknown ?? ""];
    yield `${[...fields, ...(explained ? [why(row, "\n")] : [])].map(csvField).join(",")}\r\n`;
  }
}

const cell = (content: string): string => visible(content).replaceAll(/[\\|]/g, String.raw`\$&`);

function* markdown(rows: Iterable<Row>, { explained }: PrintContext): Iterable<string> {
  const columns = ["from", "to", "allowed", "unknown", ...(explained ? ["because"] : [])];
  yield `| ${columns.join(" | ")} |\n|${" --- |".repeat(columns.length)}\n`;
  for (const row of rows) {
    const cells = [row.from.name, row.to.name, row.allowed ?? "", row.unknown ?? ""].map(cell);
    const reasons = explained ? [reasonLines(row).map(cell).join("<br>")] : [];
    yield `| ${[...cells, ...reasons].join(" | ")} |\n`;
  }
}

const dotText = (content: string): string => `"${visible(content).replaceAll(/["\\]/g, String.raw`\$&`)}"`;

/** One edge a pair, dashed where it is unknown. Nodes are the ends of edges. */
function* dot(rows: Iterable<Row>, { explained }: PrintContext): Iterable<string> {
  yield "digraph connectivity {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const row of rows) {
    const tooltip = explained ? `, tooltip=${dotText(why(row, "; "))}` : "";
    const edge = (label: string, style: string) =>
      `  ${dotText(row.from.name)} -> ${dotText(row.to.name)} [label=${dotText(label)}${style}${tooltip}];\n`;
    if (row.allowed !== undefined) yield edge(row.allowed, "");
    if (row.unknown !== undefined) yield edge(row.unknown, ", style=dashed");
  }
  yield "}\n";
}

/** Prints rows as they come. */
export const PRINTERS: Readonly<Record<Format, Printer>> = { txt: text, json, csv, md: markdown, dot };

/** The form that was asked for; text where none was. */
export const formatOf = (name: string | undefined): Format => FORMATS.find((format) => format === name) ?? "txt";
