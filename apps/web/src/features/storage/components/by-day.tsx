"use client";

import { Button, dayMonth, formatBytes, formatCount } from "../../../ui";
import type { Amount } from "../model/usage";
import type { ClusterUse } from "./by-cluster";
import { StoragePart } from "./storage-part";

interface Day extends Amount {
  readonly dayMs: number;
}

interface ByDayProps {
  readonly days: readonly Day[];
  readonly cluster: ClusterUse | undefined;
  readonly onChoose: (id: null) => void;
}

/** What each of the newest days takes, one bar a day. */
export function ByDay({ days, cluster, onChoose }: ByDayProps) {
  const most = Math.max(1, ...days.map(({ bytes }) => bytes));
  const of = cluster === undefined ? "all clusters" : (cluster.name ?? "a deleted cluster");
  const trail = (
    <span className="inline-flex items-center gap-2">
      {of}, {days.length} days, highest {formatBytes(most === 1 ? 0 : most)}
      {cluster === undefined ? null : <Button onClick={() => onChoose(null)}>All clusters</Button>}
    </span>
  );
  return (
    <StoragePart title="By day" trail={trail}>
      <ol className="flex h-32 items-end gap-px px-4 pt-3" aria-label={`Storage by day of ${of}`}>
        {days.map(({ dayMs, bytes, rows }) => {
          const words = `${dayMonth(new Date(dayMs))}: ${formatBytes(bytes)}, ${formatCount(rows)} rows`;
          return (
            <li key={dayMs} title={words} className="flex h-full min-w-0 flex-1 items-end hover:bg-wash">
              <span className="sr-only">{words}</span>
              <span
                aria-hidden
                className="w-full rounded-t-sm bg-accent"
                style={{ height: bytes === 0 ? 0 : `max(2px, ${(bytes / most) * 100}%)` }}
              />
            </li>
          );
        })}
      </ol>
      <div aria-hidden className="flex justify-between border-t border-line px-4 py-1 text-axis text-muted">
        <span>{dayMonth(new Date(days[0]?.dayMs ?? 0))}</span>
        <span>today</span>
      </div>
    </StoragePart>
  );
}
