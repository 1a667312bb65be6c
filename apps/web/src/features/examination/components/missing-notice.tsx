"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { liveOn, useTRPC } from "../../../client";
import { ClusterName, VerdictGlyph } from "../../../ui";
import { useLink, useMay, useView } from "../../frame";
import { missingLines, missingWords, type MissingLine, type Need } from "../model/lacks";

const named = 3;

export interface MissingNoticeProps {
  /** What the page shows or does, for which clusters have to give something. */
  readonly needs: readonly Need[];
  /** Of these clusters alone, by id; of the page's scope where it is left out. */
  readonly clusters?: readonly string[];
  readonly className?: string;
}

/** What clusters of the scope cannot give of what a page needs, with the way to what to do; nothing where all is given. */
export function MissingNotice({ needs, clusters, className }: MissingNoticeProps) {
  const trpc = useTRPC();
  const { input } = useView();
  const sees = useMay("clusters.read");
  const view = clusters === undefined ? input : { ...input, scope: "" };
  const { data } = useQuery(
    trpc.examination.lacking.queryOptions(
      { view },
      { ...liveOn("session"), enabled: sees, staleTime: 10_000, placeholderData: keepPreviousData },
    ),
  );
  const lacking = (data ?? []).filter(({ id }) => clusters === undefined || clusters.includes(id));
  const lines = missingLines(lacking, needs);
  if (lines.length === 0) return null;
  return (
    <ul
      aria-label="Missing here"
      className={className ?? "shrink-0 border-b border-line bg-bg px-4 py-1.5 text-table max-md:px-3"}
    >
      {lines.map((line) => (
        <Line key={line.need} {...line} />
      ))}
    </ul>
  );
}

function Line({ need, clusters }: MissingLine) {
  const link = useLink();
  const shown = clusters.slice(0, named);
  const [only] = clusters;
  const why = clusters.length === 1 ? only?.why : undefined;
  return (
    <li className="flex items-start gap-1.5 py-0.5 text-muted">
      <span className="mt-1 shrink-0">
        <VerdictGlyph verdict="unknown" size={12} />
      </span>
      <span className="min-w-0">
        {missingWords(need)}{" "}
        {shown.map(({ id, name, ordinal, why: reason }, index) => (
          <span key={id}>
            {index === 0 ? "" : ", "}
            <Link
              href={link(`/clusters/${encodeURIComponent(name)}?tab=doctor`)}
              title={`${reason}. What to do stands on its page.`}
              className="hover:underline"
            >
              <ClusterName index={ordinal} name={name} />
            </Link>
          </span>
        ))}
        {clusters.length > named ? ` and ${clusters.length - named} more` : ""}
        {why === undefined ? "" : `: ${why}`}
      </span>
    </li>
  );
}
