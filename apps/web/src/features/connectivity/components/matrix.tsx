"use client";

import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { ClusterMark, ClusterName, cx, hourMinute } from "../../../ui";
import { cellLabel, disagrees, expectedMark, measuredMark, roundTripText, unheardText } from "../model/cell";
import { moveInMatrix, type CellPlace } from "../model/move";
import { MarkGlyph } from "./marks";
import type { MatrixCluster, MatrixPair } from "./use-connectivity";

/** From so many clusters on a cell shows its two marks alone, and columns are named by number. */
const COMPACT_FROM = 9;

export interface MatrixProps {
  readonly clusters: readonly MatrixCluster[];
  readonly pairs: ReadonlyMap<string, MatrixPair>;
  /** `from~to`. */
  readonly selected: string | null;
  readonly onSelect: (pair: string) => void;
}

/** The key of a pair, as the address of the page has it. */
export const pairKey = (from: string, to: string): string => `${from}~${to}`;

/** Clusters by clusters: from the row to the column. One stop of the Tab key; arrows move inside. */
export function ConnectivityMatrix({ clusters, pairs, selected, onSelect }: MatrixProps) {
  const table = useRef<HTMLTableElement>(null);
  const [place, setPlace] = useState<CellPlace>({ row: 0, column: 1 });
  const compact = clusters.length >= COMPACT_FROM;
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moveInMatrix(place, event.key, clusters.length);
    if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    setPlace(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next.row}-${next.column}"]`)?.focus();
  };
  return (
    <div className="relative max-h-[72dvh] shrink-0 overflow-auto bg-surface">
      <table ref={table} className="border-separate border-spacing-0 text-table">
        <caption className="sr-only">
          Whether pods of each row’s cluster reach pods of each column’s, by address
        </caption>
        <thead>
          <tr>
            <th
              scope="col"
              className="sticky top-0 left-0 z-20 border-r border-b border-line bg-surface px-3 py-2 text-left font-normal text-muted"
            >
              from ▸ to
            </th>
            {clusters.map((cluster) => (
              <th
                key={cluster.id}
                scope="col"
                className="sticky top-0 z-10 border-b border-line bg-surface px-2 py-2 text-left font-normal"
              >
                <ColumnName cluster={cluster} compact={compact} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {clusters.map((from, row) => (
            <tr key={from.id}>
              <th
                scope="row"
                className="sticky left-0 z-10 max-w-48 border-r border-b border-line bg-surface px-3 py-1 text-left font-normal max-md:max-w-32"
              >
                <Heard cluster={from}>
                  <ClusterName index={from.ordinal} name={from.name} className="max-w-full" />
                </Heard>
              </th>
              {clusters.map((to, column) => (
                <td key={to.id} className="border-b border-line p-0.5">
                  {from.id === to.id ? (
                    <span className="block text-center text-muted">
                      <span aria-hidden>·</span>
                      <span className="sr-only">the same cluster</span>
                    </span>
                  ) : (
                    <Cell
                      from={from}
                      to={to}
                      pair={pairs.get(pairKey(from.id, to.id))}
                      compact={compact}
                      at={{ row, column }}
                      isStop={place.row === row && place.column === column}
                      isSelected={selected === pairKey(from.id, to.id)}
                      onFocus={setPlace}
                      onKeyDown={onKeyDown}
                      onSelect={onSelect}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ColumnName({ cluster, compact }: { readonly cluster: MatrixCluster; readonly compact: boolean }) {
  if (!compact)
    return (
      <Heard cluster={cluster}>
        <ClusterName index={cluster.ordinal} name={cluster.name} />
      </Heard>
    );
  return (
    <Heard cluster={cluster}>
      <span className="flex flex-col items-center gap-1">
        <ClusterMark index={cluster.ordinal} />
        <span className="max-h-40 truncate font-mono [writing-mode:vertical-rl]">{cluster.name}</span>
      </span>
    </Heard>
  );
}

/** A cluster's name as it is, or dimmed where nobody is heard from it. */
function Heard({ cluster, children }: { readonly cluster: MatrixCluster; readonly children: ReactNode }) {
  const unheard = cluster.joined ? unheardText([cluster]) : `${cluster.name} has not joined yet`;
  return (
    <span title={unheard === "" ? cluster.name : unheard} className={cx(unheard !== "" && "text-muted")}>
      {children}
    </span>
  );
}

interface CellProps {
  readonly from: MatrixCluster;
  readonly to: MatrixCluster;
  readonly pair: MatrixPair | undefined;
  readonly compact: boolean;
  readonly at: CellPlace;
  readonly isStop: boolean;
  readonly isSelected: boolean;
  readonly onFocus: (place: CellPlace) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onSelect: (pair: string) => void;
}

function Cell({ from, to, pair, compact, at, isStop, isSelected, onFocus, onKeyDown, onSelect }: CellProps) {
  if (pair === undefined) return null;
  const { expected, measured } = pair;
  const label = cellLabel({ from, to, expected, measured });
  const isOfBefore = from.unknownSince !== null || to.unknownSince !== null;
  const size = compact ? 12 : 14;
  return (
    <button
      type="button"
      data-cell={`${at.row}-${at.column}`}
      tabIndex={isStop ? 0 : -1}
      aria-label={label}
      aria-pressed={isSelected}
      title={label}
      onFocus={() => onFocus(at)}
      onKeyDown={onKeyDown}
      onClick={() => onSelect(pairKey(from.id, to.id))}
      className={cx(
        "flex items-center gap-1 rounded-md hover:bg-wash",
        compact ? "h-7 justify-center px-1" : "h-9 min-w-24 px-2",
        isSelected && "bg-wash-accent",
        disagrees(expected, measured) && "outline-2 -outline-offset-2 outline-staged outline-dashed",
      )}
    >
      <span className={cx("flex", isOfBefore && "opacity-45 grayscale")}>
        <MarkGlyph mark={expectedMark(expected)} size={size} />
      </span>
      <span aria-hidden className="text-muted">
        ▸
      </span>
      <MarkGlyph mark={measuredMark(measured)} size={size} />
      {compact ? null : <span className="whitespace-nowrap text-muted">{besideMark(measured)}</span>}
    </button>
  );
}

/** What stands beside a mark where there is room: how long it took, or since when nothing is known. */
function besideMark(measured: MatrixPair["measured"]): string {
  if (measured.kind === "stale") return `since ${hourMinute(new Date(measured.at))}`;
  return "roundTripUs" in measured && measured.roundTripUs > 0 ? roundTripText(measured.roundTripUs) : "";
}
