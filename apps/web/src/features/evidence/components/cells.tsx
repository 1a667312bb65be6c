import { absoluteTime, cx } from "../../../ui";
import { describeReasons, type Cell } from "../model/completeness";

const cellTitle = (cell: Cell) => {
  const when = `${absoluteTime(new Date(cell.fromMs))} to ${absoluteTime(new Date(cell.toMs)).slice(-12)}`;
  if (cell.kind === "before") return `${when}: not joined yet`;
  if (cell.kind === "not-due") return `${when}: not due yet`;
  return cell.share === 1
    ? `${when}: complete`
    : `${when}: ${Math.floor(cell.share * 100)} %, ${describeReasons(cell.reasons)}`;
};

/** Cells of evidence: solid where seen, dotted outline where data would be. It has no hue: it is no verdict. */
export function EvidenceCells({
  cells,
  label,
  height,
  titles = false,
}: {
  readonly cells: readonly Cell[];
  readonly label: string;
  readonly height: number;
  readonly titles?: boolean;
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- drawn from data: no file to name
    <span role="img" aria-label={label} className="flex w-full items-end gap-px" style={{ height }}>
      {cells.map((cell) => (
        <span key={cell.fromMs} title={titles ? cellTitle(cell) : undefined} className="relative h-full min-w-0 flex-1">
          <Mark cell={cell} />
        </span>
      ))}
    </span>
  );
}

function Mark({ cell }: { readonly cell: Cell }) {
  if (cell.kind === "before") return <span className="absolute inset-x-0 bottom-0 h-px bg-line-strong" />;
  if (cell.kind === "not-due") return <span className="absolute inset-x-0 bottom-0 h-full bg-wash" />;
  return (
    <>
      {cell.share < 1 ? <span className="absolute inset-0 border border-dotted border-unknown" /> : null}
      <span
        className={cx("absolute inset-x-0 bottom-0", "bg-text opacity-70")}
        style={{ height: `${cell.share * 100}%` }}
      />
    </>
  );
}
