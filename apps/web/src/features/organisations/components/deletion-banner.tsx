"use client";

import Link from "next/link";
import { ProblemIcon, useNow } from "../../../ui";
import { useLink, useMay } from "../../frame";
import { deletionWords } from "../model/deletion";
import { useOrganisation } from "./use-organisations";

/** Across the top of every page of an organisation that will be deleted. */
export function DeletionBanner() {
  const link = useLink();
  const now = useNow();
  const may = useMay("organisation.manage");
  const { data } = useOrganisation();
  if (data === undefined || data.deletionDueAt === null || now === 0) return null;
  return (
    <section
      aria-label="Deletion"
      className="flex min-h-9 shrink-0 flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-1"
    >
      <ProblemIcon />
      <p className="min-w-0 flex-1 font-medium">{deletionWords(data.name, data.deletionDueAt, now)}</p>
      {may ? (
        <Link href={link("/access/organisation")} className="text-accent hover:underline">
          Keep or export it
        </Link>
      ) : null}
    </section>
  );
}
