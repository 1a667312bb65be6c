"use client";

import Link from "next/link";
import { useLink } from "../../frame";
import { formatBytes, formatCount } from "../../../ui";
import { graphPath } from "../model/graph-path";
import { settlingReport, type JoinedFlow } from "../model/report";
import { ExpandedFlow } from "./flow-traces";

const act =
  "inline-flex h-7 items-center rounded-md border border-line-strong bg-surface px-3 font-medium text-text hover:bg-wash";

/** What opens under a row: the traces of both ends, what was counted, and ways on. */
export function ExpandedRow({ flow, href }: { readonly flow: JoinedFlow; readonly href: string }) {
  const link = useLink();
  const report = settlingReport(flow);
  return (
    <div className="flex gap-2 px-4 py-3 whitespace-normal max-xl:flex-col">
      <ExpandedFlow id={flow.id} />
      <aside
        aria-label="Counted"
        className="w-56 shrink-0 rounded-md border border-line bg-surface px-3 py-2 max-xl:w-auto"
      >
        <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1">
          <dt className="text-muted">Reported</dt>
          <dd>{flow.atSource !== undefined && flow.atDest !== undefined ? "both ends, 15 s" : "one end, 15 s"}</dd>
          {report === undefined ? null : (
            <>
              <dt className="text-muted">Connections</dt>
              <dd>
                {formatCount(report.connectionsStarted)} begun, {formatCount(report.connectionsLive)} open
              </dd>
              <dt className="text-muted">Packets</dt>
              <dd>
                {formatCount(report.packetsIn)} in, {formatCount(report.packetsOut)} out
              </dd>
              <dt className="text-muted">Bytes</dt>
              <dd>
                {formatBytes(report.bytesIn)} in, {formatBytes(report.bytesOut)} out
              </dd>
            </>
          )}
        </dl>
        <div className="mt-3 flex gap-2">
          <Link href={href} className={act}>
            Open
          </Link>
          <Link href={link(graphPath(flow))} className={act}>
            In graph
          </Link>
        </div>
      </aside>
    </div>
  );
}
