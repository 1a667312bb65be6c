import type { EdgeVerdict, GraphLine } from "../model/graph";
import type { Point } from "../model/geometry";
import { pointNear, roundedPath } from "../model/line-shape";

export interface LineProps {
  readonly line: GraphLine;
  readonly points: readonly Point[];
  readonly width: number;
  /** Who calls whom, in words. */
  readonly label: string;
  readonly selected: boolean;
  readonly dimmed: boolean;
  readonly onSelect: (id: string) => void;
}

const hue: Readonly<Record<EdgeVerdict, string>> = {
  allow: "var(--allow)",
  deny: "var(--deny)",
  mixed: "var(--deny)",
  staged: "var(--staged)",
  unknown: "var(--unknown)",
};
const dash: Readonly<Record<EdgeVerdict, string | undefined>> = {
  allow: undefined,
  deny: undefined,
  mixed: undefined,
  staged: "7 5",
  unknown: "2 4",
};
const word: Readonly<Record<EdgeVerdict, string>> = {
  allow: "allowed",
  deny: "denied",
  mixed: "partly denied",
  staged: "would be denied by a staged policy",
  unknown: "unknown",
};

/** A connection: its width is traffic, its line the verdict, its ends who reported; a bar stands where packets stop. */
export function Line({ line, points, width, label, selected, dimmed, onSelect }: LineProps) {
  const path = roundedPath(points);
  const colour = hue[line.verdict];
  const stopped = line.verdict === "deny" ? line.deniedAt : null;
  const quiet = line.verdict === "allow" && !selected;
  return (
    <g
      role="button"
      tabIndex={0}
      aria-label={`${label}, ${line.port}, ${word[line.verdict]}`}
      aria-pressed={selected}
      opacity={dimmed ? 0.25 : 1}
      className="graph-focus cursor-pointer outline-none"
      onClick={(event) => {
        event.stopPropagation();
        onSelect(line.id);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") onSelect(line.id);
      }}
    >
      <path d={path} fill="none" stroke="transparent" strokeWidth={Math.max(12, width + 6)} />
      {selected ? (
        <path
          d={path}
          fill="none"
          stroke="var(--accent)"
          strokeWidth={width + 6}
          opacity={0.22}
          strokeLinecap="round"
        />
      ) : null}
      <path
        className="graph-line"
        d={path}
        fill="none"
        stroke={colour}
        strokeWidth={stopped === null ? width : Math.max(1.5, width)}
        strokeDasharray={dash[line.verdict]}
        opacity={quiet ? "var(--quiet)" : 1}
      />
      <Arrow at={points} colour={colour} reported={line.byDestination.flows > 0} quiet={quiet} />
      <Origin at={points} colour={colour} reported={line.bySource.flows > 0} quiet={quiet} />
      <Mark line={line} points={points} colour={colour} />
    </g>
  );
}

/** The called end: filled where it reported, hollow where it did not. */
function Arrow({
  at,
  colour,
  reported,
  quiet,
}: {
  readonly at: readonly Point[];
  readonly colour: string;
  readonly reported: boolean;
  readonly quiet: boolean;
}) {
  const tip = at.at(-1);
  if (tip === undefined) return null;
  return (
    <path
      d={`M${tip.x} ${tip.y}l-8 -4.5v9z`}
      fill={reported ? colour : "var(--bg)"}
      stroke={colour}
      strokeLinejoin="round"
      opacity={quiet ? 0.85 : 1}
    />
  );
}

/** The calling end. */
function Origin({
  at,
  colour,
  reported,
  quiet,
}: {
  readonly at: readonly Point[];
  readonly colour: string;
  readonly reported: boolean;
  readonly quiet: boolean;
}) {
  const from = at[0];
  if (from === undefined) return null;
  return (
    <circle
      cx={from.x}
      cy={from.y}
      r={3}
      fill={reported ? colour : "var(--bg)"}
      stroke={colour}
      opacity={quiet ? 0.85 : 1}
    />
  );
}

/** The disc with the verdict's glyph, and the bar beyond which nothing passed. Allowed lines carry none. */
function Mark({
  line,
  points,
  colour,
}: {
  readonly line: GraphLine;
  readonly points: readonly Point[];
  readonly colour: string;
}) {
  if (line.verdict === "allow") return null;
  const end = line.deniedAt === "source" ? "source" : "destination";
  const disc = pointNear(points, end, 22);
  const bar = pointNear(points, end, 11);
  return (
    <g>
      {line.verdict === "deny" ? (
        <path d={`M${bar.x} ${bar.y - 7}v14`} stroke={colour} strokeWidth={2.5} strokeLinecap="round" />
      ) : null}
      <circle cx={disc.x} cy={disc.y} r={7} fill="var(--surface)" stroke={colour} strokeWidth={1.5} />
      <Glyph verdict={line.verdict} x={disc.x} y={disc.y} colour={colour} />
    </g>
  );
}

function Glyph({
  verdict,
  x,
  y,
  colour,
}: {
  readonly verdict: EdgeVerdict;
  readonly x: number;
  readonly y: number;
  readonly colour: string;
}) {
  if (verdict === "unknown") {
    return (
      <text x={x} y={y + 3.5} textAnchor="middle" fontSize={10} fontWeight={700} fill={colour}>
        ?
      </text>
    );
  }
  const d =
    verdict === "staged"
      ? `M${x} ${y - 3.5}v3.500l2.500 1.500`
      : `M${x - 2.8} ${y - 2.8}l5.600 5.600M${x + 2.8} ${y - 2.8}l-5.600 5.600`;
  return <path d={d} fill="none" stroke={colour} strokeWidth={1.6} strokeLinecap="round" />;
}
