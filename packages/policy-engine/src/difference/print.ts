import { vocabularyOf } from "../connectivity/lines";
import type { OutputForm } from "../connectivity/print";
import { connectionsJson } from "../sets/connection-json";
import { noConnections, sameConnections, type ConnectionSet } from "../sets/connection-set";
import { formatConnections, type Vocabulary } from "../sets/connection-text";
import type { ConnectionChange, Difference, PassageChange } from "./difference";
import type { ComparedStates } from "./paired-units";

/** What a difference is written with. */
export interface DifferencePrintOptions {
  readonly vocabulary?: Vocabulary;
}

/** The words for both states: those of Kubernetes where neither speaks any others. */
export function vocabularyOfBoth({ before, after }: ComparedStates): Vocabulary {
  const both = [before, after].map(({ connectivity }) => vocabularyOf(connectivity));
  return both.includes("calico") ? "calico" : "kubernetes";
}

const MARKS = { gained: "+", lost: "-", changed: "~" } as const;

function text(change: ConnectionChange, of: (passage: PassageChange) => ConnectionSet, words: Vocabulary): string {
  const sets = [...change.versions].map(([version, passage]) => ({ version, set: of(passage) }));
  const [first] = sets;
  if (!first) return "";
  if (sets.every(({ set }) => sameConnections(set, first.set))) return formatConnections(first.set, words);
  return sets.map(({ version, set }) => `IPv${version}: ${formatConnections(set, words)}`).join("; ");
}

interface WrittenChange {
  readonly kind: ConnectionChange["kind"];
  readonly src: string;
  readonly dst: string;
  readonly before: string;
  readonly after: string;
  /** Present where what is unknown changed. */
  readonly unknown?: { readonly before: string; readonly after: string };
}

function written(change: ConnectionChange, words: Vocabulary): WrittenChange | undefined {
  const { kind, source, destination, versions } = change;
  const [before, after] = [text(change, (p) => p.before.allowed, words), text(change, (p) => p.after.allowed, words)];
  const [wasUnknown, isUnknown] = [
    text(change, (p) => p.before.unknown, words),
    text(change, (p) => p.after.unknown, words),
  ];
  const unknown = [...versions.values()].some(
    (p) => !noConnections(p.before.unknown) || !noConnections(p.after.unknown),
  );
  // What the words cannot name is no difference in them.
  if (before === after && wasUnknown === isUnknown) return undefined;
  return {
    kind,
    src: source.name,
    dst: destination.name,
    before,
    after,
    ...(unknown && wasUnknown !== isUnknown && { unknown: { before: wasUnknown, after: isUnknown } }),
  };
}

const unknownText = ({ unknown }: WrittenChange): string =>
  unknown ? `unknown ${unknown.before} -> ${unknown.after}` : "";

function textLine(change: WrittenChange): string {
  const { kind, src, dst, before, after } = change;
  const what = kind === "gained" ? after : kind === "lost" ? before : `${before} -> ${after}`;
  const unknown = unknownText(change);
  return `${MARKS[kind]} ${src} => ${dst} : ${what}${unknown === "" ? "" : ` (${unknown})`}`;
}

function printTxt(changes: readonly WrittenChange[], { postures, appeared, vanished }: Difference): string {
  return [
    ...changes.map(textLine),
    ...appeared.map((name) => `workload added: ${name}`),
    ...vanished.map((name) => `workload removed: ${name}`),
    ...postures.map(({ workload, direction, became }) => `${workload} became ${became} (${direction})`),
  ].join("\n");
}

const HEADER = ["diff", "src", "dst", "before", "after", "unknown"];

const fieldsOf = (change: WrittenChange): readonly string[] => [
  change.kind,
  change.src,
  change.dst,
  change.before,
  change.after,
  unknownText(change),
];

const csvField = (field: string): string => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

const printCsv = (changes: readonly WrittenChange[]): string =>
  [HEADER, ...changes.map(fieldsOf)].map((row) => row.map(csvField).join(",")).join("\n");

function printMd(changes: readonly WrittenChange[], { postures }: Difference): string {
  const row = (fields: readonly string[]) => `| ${fields.map((field) => field.replaceAll("|", "\\|")).join(" | ")} |`;
  const table = [
    row(HEADER),
    `|${HEADER.map(() => "-----|").join("")}`,
    ...changes.map((change) => row(fieldsOf(change))),
  ];
  const list = postures.map(({ workload, direction, became }) => `- ${workload} became ${became} (${direction})`);
  return [...table, ...(list.length > 0 ? ["", ...list] : [])].join("\n");
}

const dotText = (label: string): string => `"${label.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

const COLOURS = { gained: "#008000", lost: "red2", changed: "magenta" } as const;

function printDot(changes: readonly WrittenChange[]): string {
  const names = [...new Set(changes.flatMap(({ src, dst }) => [src, dst]))];
  const edges = changes.map((change) => {
    const label = textLine(change).split(" : ").slice(1).join(" : ");
    const style = change.kind === "lost" ? " style=dashed" : "";
    return `  ${dotText(change.src)} -> ${dotText(change.dst)} [label=${dotText(label)} color="${COLOURS[change.kind]}"${style}]`;
  });
  return ["digraph {", ...names.map((name) => `  ${dotText(name)}`), ...edges, "}"].join("\n");
}

function printJson(changes: readonly ConnectionChange[], difference: Difference, words: Vocabulary): string {
  const connections = changes.flatMap((change) => {
    const said = written(change, words);
    const sets = [...change.versions].map(([version, { gained, lost }]) => ({
      version,
      gained: connectionsJson(gained),
      lost: connectionsJson(lost),
    }));
    return said ? [{ ...said, sets }] : [];
  });
  const { postures, appeared, vanished } = difference;
  return JSON.stringify({ connections, postures, appeared, vanished }, null, 2);
}

/** Writes a difference in a form. */
export function printDifference(
  difference: Difference,
  form: OutputForm,
  { vocabulary = "calico" }: DifferencePrintOptions = {},
): string {
  const changes = [...difference.connections()];
  if (form === "json") return printJson(changes, difference, vocabulary);
  const said = changes.flatMap((change) => written(change, vocabulary) ?? []);
  if (form === "txt") return printTxt(said, difference);
  if (form === "csv") return printCsv(said);
  return form === "md" ? printMd(said, difference) : printDot(said);
}
