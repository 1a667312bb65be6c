import {
  chainProblemText,
  createChainVerifier,
  readEntry,
  readHeader,
  type ChainReport,
  type ChainVerifier,
  type ExportHeader,
} from "@isthmus/audit";
import type { Result } from "@isthmus/std";
import { createLineCutter } from "../files/lines";
import type { Io } from "../io";
import { count } from "../report/count";
import { fileError, usageError, type Finding } from "../report/finding";
import { jsonText } from "../report/json";
import { visible } from "../report/paint";
import { writeFindings } from "../report/write-findings";
import { EXIT, textOption, type ExitCode, type Verb } from "../verb";

/** Wrong lines that are shown; of the others there is a number. */
const SHOWN = 20;

interface Reading {
  readonly header: ExportHeader;
  readonly report: ChainReport;
}

type Outcome =
  { readonly ok: true; readonly value: Reading } | { readonly ok: false; readonly findings: readonly Finding[] };

/** Reads an export line by line and holds its entries against its head and the noted one. */
async function readExport(io: Io, path: string, noted: string | undefined): Promise<Outcome> {
  const name = path === "-" ? "standard input" : path;
  const findings: Finding[] = [];
  const wrong = (number: number, message: string) => {
    if (findings.length < SHOWN)
      findings.push(fileError(name, { code: "not-an-export", message: `line ${number}: ${message}` }));
  };
  let header: ExportHeader | undefined;
  let verifier: ChainVerifier | undefined;
  const cutter = createLineCutter((line, number) => {
    if (number === 1) {
      const read = readHeader(line);
      if (!read.ok) return wrong(number, read.error);
      header = read.value;
      verifier = createChainVerifier({
        head: header.head ?? { seq: 0, hash: "0".repeat(64) },
        partial: Object.keys(header.filter).length > 0,
        ...(noted === undefined ? {} : { noted }),
      });
      return;
    }
    if (verifier === undefined) return;
    const entry: Result<Parameters<ChainVerifier["push"]>[0], string> = readEntry(line);
    if (entry.ok) verifier.push(entry.value);
    else wrong(number, entry.error);
  });
  const read = await io.files.readPieces(path, cutter.push);
  if (!read.ok) return { ok: false, findings: [fileError(name, read.error)] };
  cutter.finish();
  if (findings.length > 0 || header === undefined || verifier === undefined) {
    const empty = fileError(name, { code: "not-an-export", message: "there is nothing in it" });
    return { ok: false, findings: findings.length > 0 ? findings : [empty] };
  }
  return { ok: true, value: { header, report: verifier.finish() } };
}

function text({ header, report }: Reading): string {
  const { entries, beforeChain, last, problems, problemCount } = report;
  const selection = Object.entries(header.filter).map(([key, value]) => `${key}=${value}`);
  const more = problemCount - problems.length;
  const lines = [
    `${visible(header.organisation.name)}: ${count(entries, "line")}, exported ${visible(header.exportedAt)}`,
    ...problems.map((problem) => `  ${chainProblemText(problem)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(beforeChain > 0 ? [`${count(beforeChain, "line")} from before the chain cannot be verified`] : []),
    ...(selection.length > 0
      ? [`a selection (${visible(selection.join(", "))}): each entry can be verified, that none is missing cannot`]
      : []),
    problemCount > 0 ? "altered" : last === undefined ? "nothing to verify" : `whole up to entry ${last.seq}`,
    ...(problemCount > 0 || last === undefined ? [] : [`head ${last.hash}`]),
  ];
  return `${lines.join("\n")}\n`;
}

const json = ({ header, report }: Reading): string =>
  jsonText("audit verify", {
    organisation: header.organisation,
    filter: header.filter,
    intact: report.problemCount === 0,
    entries: report.entries,
    beforeChain: report.beforeChain,
    head: report.last ?? null,
    problems: report.problems.map((problem) => ({ ...problem, message: chainProblemText(problem) })),
    problemCount: report.problemCount,
  });

/** `isthmus audit verify`. */
export const auditVerify: Verb = {
  name: "verify",
  group: { name: "audit", summary: "work with exported audit logs" },
  summary: "verify that an exported audit log is whole and unaltered",
  description:
    "Reads an export of the audit log (JSON Lines) and computes its chain again: each entry names the hash of the one\nbefore, so that an entry that is missing, altered, moved, there twice or cut off at the end is found and named.\nWhoever can rewrite the log can make a new chain as a whole; a head that was noted elsewhere finds that too.",
  operands: [{ name: "<file>", description: "the export, or - for standard input" }],
  options: [
    { flags: "--head <hash>", description: "a head that was noted earlier: the chain must lead through it" },
    { flags: "-o, --output <format>", description: "form of the answer", choices: ["txt", "json"], fallback: "txt" },
  ],
  examples: [
    { text: "is it whole?", command: "isthmus audit verify audit.jsonl" },
    { text: "has history been rewritten since March?", command: "isthmus audit verify audit.jsonl --head 4f0c…e1" },
    { text: "a compressed archive", command: "zcat audit-2026.jsonl.gz | isthmus audit verify -" },
  ],
  exits: { holds: "the log is whole and unaltered", fails: "something is missing, altered or out of place" },
  run: async (invocation): Promise<ExitCode> => {
    const { io, operands } = invocation;
    const noted = textOption(invocation, "head")?.toLowerCase();
    if (noted !== undefined && !/^[0-9a-f]{64}$/.test(noted)) {
      writeFindings(io.err, [
        usageError({ code: "head", message: "--head takes the 64 hexadecimal digits of a hash" }),
      ]);
      return EXIT.badInput;
    }
    const outcome = await readExport(io, operands[0] ?? "-", noted);
    if (!outcome.ok) {
      writeFindings(io.err, outcome.findings);
      return EXIT.badInput;
    }
    io.out.write(textOption(invocation, "output") === "json" ? json(outcome.value) : text(outcome.value));
    return outcome.value.report.problemCount === 0 ? EXIT.holds : EXIT.fails;
  },
};
