"use client";

import { ControlButton, formatShare, Popover, VerdictGlyph } from "../../../ui";
import { evidenceCells, stackCells } from "../model/completeness";
import { EvidenceCells } from "./cells";
import { EvidenceDetail } from "./evidence-detail";
import { useEvidence } from "./use-evidence";

const cellsShown = 12;

/** The top bar's strip: how much of the evidence there is over scope and range, and what is missing when opened. */
export function EvidenceStrip() {
  const { data, isError } = useEvidence();
  const cells = stackCells(
    (data?.clusters ?? []).map(({ joinedAtMs, missing }) =>
      evidenceCells({
        range: data?.range ?? { fromMs: 0, toMs: 1 },
        dueMs: data?.dueMs ?? 0,
        joinedAtMs,
        missing,
        count: cellsShown,
      }),
    ),
  );
  const share = isError ? null : (data?.share ?? null);
  const shown = share === null ? (data === undefined && !isError ? "…" : "unknown") : formatShare(share);
  return (
    <Popover
      label="Evidence"
      width={520}
      trigger={
        <ControlButton label="evidence" title="How much of the evidence of this scope and range is there">
          {cells.length > 0 ? (
            <span className="w-12 max-lg:hidden">
              <EvidenceCells cells={cells} label="Evidence seen, by twelfth of the range" height={10} />
            </span>
          ) : null}
          {shown === "unknown" ? <VerdictGlyph verdict="unknown" size={12} /> : null}
          <span className={shown === "unknown" ? "text-muted" : undefined}>{shown}</span>
        </ControlButton>
      }
    >
      <EvidenceDetail />
    </Popover>
  );
}
