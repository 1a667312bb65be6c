import type { FlowSummary } from "@isthmus/flow-store";
import { VerdictMark } from "../../../ui";
import { silenceOf, type JoinedFlow } from "../model/report";

/** The verdict of one end; where it has no report, why. */
export function VerdictAt({ flow, end }: { readonly flow: JoinedFlow; readonly end: "source" | "dest" }) {
  const report = end === "source" ? flow.atSource : flow.atDest;
  if (report !== undefined) return <ReportVerdict report={report} />;
  switch (silenceOf(flow, end)) {
    case "outside":
      return <span className="text-muted">outside</span>;
    case "not-reached":
      return <span className="text-muted">not reached</span>;
    case "not-seen":
      return (
        <VerdictMark verdict="unknown">
          <span title="No report of this end has arrived: what happened there is not known.">not seen</span>
        </VerdictMark>
      );
  }
}

/** The verdict of a report, and what staged policies would make of it where that differs. */
export function ReportVerdict({ report }: { readonly report: FlowSummary }) {
  if (report.action === "allow" && report.pendingAction === "deny")
    return <VerdictMark verdict="staged">staged deny</VerdictMark>;
  return <VerdictMark verdict={report.action} />;
}
