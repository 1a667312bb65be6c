"use client";

import {
  ClusterName,
  dayMonth,
  formatCount,
  formatShare,
  hourMinute,
  LinesSkeleton,
  RelativeTime,
  VerdictGlyph,
} from "../../../ui";
import { Loaded } from "../../frame";
import { describeReasons, evidenceCells, type Missing } from "../model/completeness";
import { describePastRetention } from "../model/past-retention";
import { EvidenceCells } from "./cells";
import { useEvidence } from "./use-evidence";

const cellsShown = 60;

/** What is missing, by cluster and minute, and why. */
export function EvidenceDetail() {
  return (
    <Loaded query={useEvidence()} what="the evidence" loading={<LinesSkeleton lines={4} />}>
      {(evidence) => <ByCluster evidence={evidence} />}
    </Loaded>
  );
}

type Evidence = NonNullable<ReturnType<typeof useEvidence>["data"]>;

function ByCluster({ evidence }: { readonly evidence: Evidence }) {
  const { range, nowMs, dueMs, clusters, share, pastRetention } = evidence;
  return (
    <div className="p-2 text-table">
      <p className="mb-2 text-work">
        {share === null ? (
          <span className="inline-flex items-center gap-1 text-muted">
            <VerdictGlyph verdict="unknown" /> Nothing was expected in this range yet: what happened is unknown.
          </span>
        ) : (
          <>
            <strong className="font-semibold">{formatShare(share)}</strong> of the 15 s flow records that were due are
            there.
          </>
        )}
      </p>
      {pastRetention.map((past) => (
        <p key={past.kind} className="mb-2 flex items-center gap-1 text-muted">
          <VerdictGlyph verdict="unknown" size={12} /> Not there to answer from: {describePastRetention(past, nowMs)}.
        </p>
      ))}
      {clusters.length === 0 ? <p className="py-4 text-center text-muted">No cluster is in scope.</p> : null}
      <ul className="flex flex-col">
        {clusters.map((cluster) => (
          <li key={cluster.id} className="border-t border-line py-2">
            <div className="grid grid-cols-[128px_minmax(0,1fr)_56px] items-center gap-3">
              <ClusterName index={cluster.ordinal} name={cluster.name} />
              <EvidenceCells
                titles
                height={16}
                label={`Evidence of ${cluster.name} by sixtieth of the range`}
                cells={evidenceCells({
                  range,
                  dueMs,
                  joinedAtMs: cluster.joinedAtMs,
                  missing: cluster.missing,
                  count: cellsShown,
                })}
              />
              <span className="text-right">
                {cluster.expected === 0 ? "unknown" : formatShare(cluster.durable / cluster.expected)}
              </span>
            </div>
            <Notes cluster={cluster} />
          </li>
        ))}
      </ul>
      <p className="mt-1 flex justify-between border-t border-line pt-2 text-axis text-muted">
        <span>{moment(range.fromMs)}</span>
        <span>solid: arrived · dotted: missing · line: before it joined</span>
        <span>{moment(range.toMs)} UTC</span>
      </p>
    </div>
  );
}

interface ClusterEvidence {
  readonly joinedAtMs: number | null;
  readonly unknownSinceMs: number | null;
  readonly missing: readonly Missing[];
  readonly missingStretches: number;
}

const notesShown = 4;

function Notes({ cluster }: { readonly cluster: ClusterEvidence }) {
  const shown = cluster.missing.slice(-notesShown).reverse();
  const more = cluster.missingStretches - shown.length;
  return (
    <div className="mt-1 flex flex-col gap-0.5 pl-[140px] text-muted empty:hidden">
      {cluster.joinedAtMs === null ? <span>not joined: its first sync is not whole</span> : null}
      {cluster.unknownSinceMs === null ? null : (
        <span className="inline-flex items-center gap-1">
          <VerdictGlyph verdict="unknown" size={12} /> not heard since {hourMinute(new Date(cluster.unknownSinceMs))}{" "}
          UTC (<RelativeTime at={cluster.unknownSinceMs} />)
        </span>
      )}
      {shown.map((each) => (
        <span key={each.fromMs}>
          <span className="text-text">{stretch(each)}</span>{" "}
          {each.durable === 0 ? "none" : `${formatCount(each.durable)} of ${formatCount(each.expected)}`}:{" "}
          {describeReasons(each.reasons)}
        </span>
      ))}
      {more > 0 ? <span>and {more} earlier</span> : null}
    </div>
  );
}

const moment = (ms: number) => `${dayMonth(new Date(ms))} ${hourMinute(new Date(ms))}`;

/** "14:12" for one minute, "14:12 to 14:16" for several; the last minute named is the last that misses something. */
function stretch({ fromMs, toMs }: Missing): string {
  const from = hourMinute(new Date(fromMs));
  const last = hourMinute(new Date(toMs - 60_000));
  return from === last ? from : `${from} to ${last}`;
}
