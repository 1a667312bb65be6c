import type { ClauseResult, ConformanceReport, Verdict } from "./run";

const marks: Record<Verdict["kind"], string> = { kept: "✓", broken: "✗", failed: "!", "not-asked": "-" };

/** One clause as one line, with what was seen below it where it was not kept. */
export function resultText({ clause, verdict, durationMs }: ClauseResult): string {
  const line = `${marks[verdict.kind]} ${clause.id}: ${clause.says}`;
  if (verdict.kind === "kept") return `${line} (${durationMs} ms)`;
  if (verdict.kind === "not-asked") return `${line}\n    not asked: the cluster has no ${verdict.need}`;
  return `${line}\n    ${verdict.message}\n    promised at ${clause.source}`;
}

const countOf = (report: ConformanceReport, kind: Verdict["kind"]): number =>
  report.results.filter(({ verdict }) => verdict.kind === kind).length;

/** The whole report for a person. */
export function reportText(report: ConformanceReport): string {
  const counts = (["kept", "broken", "failed", "not-asked"] as const).map(
    (kind) => `${countOf(report, kind)} ${kind === "failed" ? "could not be asked" : kind.replace("-", " ")}`,
  );
  return [
    ...report.results.map(resultText),
    "",
    `Kubernetes ${report.serverVersion}, with ${report.has.join(", ") || "nothing besides"}`,
    `${report.results.length} clauses: ${counts.join(", ")}`,
    ...(report.left.length === 0 ? [] : [`not gone yet: ${report.left.join(", ")}; delete it by hand`]),
    "",
  ].join("\n");
}

/** The whole report for a program. */
export function reportJson(report: ConformanceReport): string {
  const results = report.results.map(({ clause: { id, says, source, needs }, verdict, durationMs }) => ({
    id,
    says,
    source,
    needs,
    durationMs,
    verdict: verdict.kind,
    ...("message" in verdict ? { message: verdict.message } : {}),
    ...("need" in verdict ? { missing: verdict.need } : {}),
  }));
  return `${JSON.stringify({ serverVersion: report.serverVersion, has: report.has, left: report.left, results }, null, 2)}\n`;
}
