"use client";

import { ClusterName, ProblemIcon, StatusGlyph } from "../../../ui";
import type { Board, BoardCluster, BoardTier } from "./use-policies";

/** How many policies of each tier stand in each cluster, in order of joining. */
export function TierMatrix({ board }: { readonly board: Board }) {
  const clusters = board.clusters.filter((cluster) => cluster.joined);
  if (clusters.length === 0 || board.tiers.length === 0) return null;
  return (
    <section
      aria-label="Applied, by cluster"
      className="relative shrink-0 overflow-x-auto border-t border-line bg-surface pb-2"
    >
      <p className="flex gap-3 px-4 py-2 text-table">
        <span className="font-medium">Applied, by cluster</span>
        <span className="text-muted">policies enforced; in order of joining</span>
      </p>
      <table
        className="w-full table-fixed border-separate border-spacing-0 text-table"
        style={{ minWidth: 112 + clusters.length * 96 }}
      >
        <thead>
          <tr>
            <th scope="col" className="w-28 px-4 pb-1 text-left font-normal text-muted">
              Tier
            </th>
            {clusters.map((cluster) => (
              <th key={cluster.id} scope="col" className="px-2 pb-1 text-left font-normal">
                <ClusterName index={cluster.ordinal} name={cluster.name} className="w-full" />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {board.tiers.map((tier) => (
            <tr key={tier.id}>
              <th scope="row" className="truncate border-t border-line px-4 text-left font-mono font-normal">
                {tier.name}
              </th>
              {clusters.map((cluster) => (
                <td key={cluster.id} className="h-6 border-t border-line px-2">
                  <Cell tier={tier} cluster={cluster} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Cell({ tier, cluster }: { readonly tier: BoardTier; readonly cluster: BoardCluster }) {
  const states = tier.policies.flatMap((policy) =>
    policy.states.filter((each) => each.clusterId === cluster.id && each.wanted),
  );
  if (cluster.readOnly) return <Mark status="locked" text="" title="read only" />;
  if (states.length === 0) return <span className="text-muted">–</span>;
  if (cluster.unknownSince !== null) {
    const was = states.filter((each) => (each.was ?? each.state) === "applied").length;
    return <Mark status="unknown" text={`was ${was}`} title="not heard now" />;
  }
  const count = (...of: readonly string[]) => states.filter((each) => of.includes(each.state)).length;
  const [applied, pending, wrong] = [
    count("applied"),
    count("pending"),
    count("failed", "drifted", "not-ours", "refused"),
  ];
  return (
    <span className="inline-flex items-center gap-2">
      {applied > 0 || (pending === 0 && wrong === 0) ? (
        <Mark status="good" text={String(applied)} title="applied" />
      ) : null}
      {pending > 0 ? <Mark status="pending" text={String(pending)} title="pending" /> : null}
      {wrong > 0 ? (
        <span className="inline-flex items-center gap-1 font-semibold" title="failed, drifted or not ours">
          <ProblemIcon /> {wrong}
        </span>
      ) : null}
    </span>
  );
}

const Mark = ({
  status,
  text,
  title,
}: {
  readonly status: "good" | "pending" | "locked" | "unknown";
  readonly text: string;
  readonly title: string;
}) => (
  <span className="inline-flex items-center gap-1" title={title}>
    <StatusGlyph status={status} />
    {text}
    <span className="sr-only">{title}</span>
  </span>
);
