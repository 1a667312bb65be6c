"use client";

import { formatShare, hourMinute, VerdictGlyph } from "../../../ui";
import { describePastRetention } from "../model/past-retention";
import { useEvidence } from "./use-evidence";

/** One line for the foot of any page whose data rests on flows: how complete they are, and who is not heard. */
export function EvidenceNote() {
  const { data, isError } = useEvidence();
  if (isError && data === undefined) {
    return (
      <span className="inline-flex items-center gap-1">
        <VerdictGlyph verdict="unknown" size={12} /> evidence not known
      </span>
    );
  }
  if (data === undefined) return null;
  const silent = data.clusters.filter((cluster) => cluster.unknownSinceMs !== null);
  const minutes = data.clusters.reduce((sum, cluster) => sum + cluster.missingMinutes, 0);
  // Of a cluster that has not joined nothing is expected.
  const joined = data.clusters.filter((cluster) => cluster.joinedAtMs !== null);
  if (joined.length === 0) return <span>no cluster has joined yet</span>;
  const seen = joined.filter((cluster) => cluster.durable > 0).length;
  return (
    <span className="inline-flex min-w-0 items-center gap-2">
      <span className="min-w-0 truncate">
        15 s flow records of {seen} of {joined.length} {joined.length === 1 ? "cluster" : "clusters"}
        {data.share === null ? ", evidence unknown" : `, evidence ${formatShare(data.share)}`}
        {minutes > 0 ? `, ${minutes} min incomplete` : ""}
      </span>
      {data.pastRetention.map((past) => (
        <span key={past.kind} className="inline-flex shrink-0 items-center gap-1">
          <VerdictGlyph verdict="unknown" size={12} /> {describePastRetention(past, data.nowMs)}
        </span>
      ))}
      {silent.slice(0, 2).map((cluster) => (
        <span key={cluster.id} className="inline-flex items-center gap-1">
          <VerdictGlyph verdict="unknown" size={12} />
          <span className="font-mono">{cluster.name}</span> not heard since{" "}
          {hourMinute(new Date(cluster.unknownSinceMs ?? 0))}
        </span>
      ))}
      {silent.length > 2 ? <span>and {silent.length - 2} more</span> : null}
    </span>
  );
}
