"use client";

import { Maximize2, Minus, Plus } from "lucide-react";
import { useMemo } from "react";
import { clusterColour, clusterHasDot, IconButton } from "../../../ui";
import type { EdgeVerdict, GraphFrame, GraphLine, ServiceGraph } from "../model/graph";
import type { Box } from "../model/geometry";
import type { GraphLayout } from "../model/layout";
import { attempts, lineWidth } from "../model/line-shape";
import type { Selection } from "../model/selection";
import { Card } from "./graph-card";
import { Line } from "./graph-line";
import { Legend } from "./legend";
import { Minimap } from "./minimap";
import { useZoom } from "./use-zoom";

export interface CanvasProps {
  readonly graph: ServiceGraph;
  readonly layout: GraphLayout;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onToggle: (groupId: string) => void;
}

/** The picture: frames, then lines, then cards. It can be moved and zoomed, and keeps its place when data arrives. */
export function GraphCanvas({ graph, layout, selection, onSelect, onToggle }: CanvasProps) {
  const size = useMemo(() => ({ width: layout.width, height: layout.height }), [layout]);
  const { svg, view, room, fit, scaleBy } = useZoom(size);
  const busiest = Math.max(1, ...graph.lines.map(attempts));
  const names = useMemo(() => cardNames(graph), [graph]);
  const lit = useMemo(() => litLines(graph, selection), [graph, selection]);
  const lines = useMemo(() => loudestLast(graph.lines), [graph]);
  return (
    <div className="relative min-h-0 flex-1 overflow-hidden bg-bg">
      <svg
        ref={svg}
        role="application"
        aria-label="Service graph. Tab moves between connections and workloads, Enter opens one."
        className="size-full touch-none select-none"
        onClick={() => onSelect({ kind: "none" })}
      >
        <g transform={`translate(${view.x} ${view.y}) scale(${view.k})`}>
          {graph.frames.map((frame) => (
            <Frame key={frame.id} frame={frame} layout={layout} onToggle={onToggle} />
          ))}
          {lines.map((line) => (
            <Line
              key={line.id}
              line={line}
              points={layout.lines.get(line.id) ?? []}
              width={lineWidth(attempts(line), busiest)}
              label={`${names.get(line.sourceId)} → ${names.get(line.destId)}`}
              selected={selection.kind === "line" && selection.id === line.id}
              dimmed={selection.kind === "card" && lit?.has(line.id) === false}
              onSelect={(id) => onSelect({ kind: "line", id })}
            />
          ))}
          <Cards
            graph={graph}
            layout={layout}
            selection={selection}
            lit={lit}
            onSelect={onSelect}
            onToggle={onToggle}
          />
        </g>
      </svg>
      <div className="absolute bottom-3 left-3 flex rounded-md border border-line bg-surface">
        <IconButton label="Zoom in" onClick={() => scaleBy(1.25)}>
          <Plus size={16} />
        </IconButton>
        <IconButton label="Zoom out" onClick={() => scaleBy(0.8)}>
          <Minus size={16} />
        </IconButton>
        <IconButton label="Fit the graph" onClick={fit}>
          <Maximize2 size={14} />
        </IconButton>
      </div>
      <details className="absolute right-3 bottom-3 rounded-md border border-line bg-surface text-table text-muted lg:hidden">
        <summary className="cursor-pointer px-3 py-1.5">Legend</summary>
        <div className="px-3 pb-2">
          <Legend stacked />
        </div>
      </details>
      <Minimap graph={graph} layout={layout} view={view} room={room} />
    </div>
  );
}

function Cards({
  graph,
  layout,
  selection,
  lit,
  onSelect,
  onToggle,
}: CanvasProps & { readonly lit: ReadonlySet<string> | null }) {
  const near = useMemo(() => {
    if (lit === null) return null;
    return new Set(graph.lines.filter(({ id }) => lit.has(id)).flatMap(({ sourceId, destId }) => [sourceId, destId]));
  }, [graph, lit]);
  const cards = graph.frames.flatMap((frame) => frame.groups.flatMap((group) => group.cards));
  return cards.map((card) => {
    const box = layout.boxes.get(card.id);
    if (box === undefined) return null;
    const selected = selection.kind === "card" && selection.id === card.id;
    return (
      <Card
        key={card.id}
        card={card}
        box={box}
        selected={selected || (selection.kind === "line" && near?.has(card.id) === true)}
        dimmed={selection.kind === "card" && near?.has(card.id) === false && !selected}
        onSelect={(id) => onSelect({ kind: "card", id })}
        onToggle={onToggle}
      />
    );
  });
}

const loudness: Readonly<Record<EdgeVerdict, number>> = { allow: 0, unknown: 1, staged: 2, mixed: 3, deny: 4 };

/** Lines share lanes: what is drawn last lies on top, and a denial is never hidden by what is allowed. */
const loudestLast = (lines: readonly GraphLine[]): readonly GraphLine[] =>
  [...lines].sort((a, b) => loudness[a.verdict] - loudness[b.verdict]);

/** Name of each card with its place, as "cart in eu-west". */
const cardNames = (graph: ServiceGraph): ReadonlyMap<string, string> =>
  new Map(
    graph.frames.flatMap((frame) =>
      frame.groups.flatMap((group) =>
        group.cards.map(
          (card) => [card.id, frame.cluster === null ? card.name : `${card.name} in ${frame.name}`] as const,
        ),
      ),
    ),
  );

/** Lines that the selection is about; null where nothing is selected and all are lit. */
function litLines(graph: ServiceGraph, selection: Selection): ReadonlySet<string> | null {
  if (selection.kind === "none") return null;
  if (selection.kind === "line") return new Set([selection.id]);
  return new Set(
    graph.lines
      .filter(({ sourceId, destId }) => sourceId === selection.id || destId === selection.id)
      .map(({ id }) => id),
  );
}

interface FrameProps {
  readonly frame: GraphFrame;
  readonly layout: GraphLayout;
  readonly onToggle: (groupId: string) => void;
}

/** A cluster as a quiet frame in its colour, with its namespaces as quieter ones. */
function Frame({ frame, layout, onToggle }: FrameProps) {
  const box = layout.boxes.get(`frame:${frame.id}`);
  if (box === undefined) return null;
  const colour = frame.cluster === null ? "var(--muted)" : clusterColour(frame.cluster.ordinal);
  const workloads = frame.groups.reduce(
    (sum, group) => sum + group.cards.reduce((n, card) => n + Math.max(1, card.folded), 0),
    0,
  );
  const counted = `${workloads} ${frame.cluster === null ? "ends" : "workloads"}`;
  return (
    <g>
      <rect
        {...box}
        rx={6}
        fill={frame.cluster === null ? "none" : "var(--surface)"}
        stroke={colour}
        strokeOpacity={0.8}
        strokeDasharray={frame.cluster === null ? "4 4" : undefined}
      />
      {frame.cluster === null ? null : (
        <rect x={box.x + 14} y={box.y + 13} width={11} height={11} rx={3} fill={colour} />
      )}
      {frame.cluster !== null && clusterHasDot(frame.cluster.ordinal) ? (
        <circle cx={box.x + 19.5} cy={box.y + 18.5} r={2} fill="var(--surface)" />
      ) : null}
      <text
        x={box.x + (frame.cluster === null ? 16 : 33)}
        y={box.y + 23}
        fontSize={13}
        fontWeight={600}
        className="fill-text font-mono"
      >
        {frame.name}
      </text>
      <FrameNote
        box={box}
        name={frame.name}
        text={frame.cluster?.jurisdiction ? `${frame.cluster.jurisdiction} · ${counted}` : counted}
      />
      {frame.groups.map((group) => (
        <Group
          key={group.id}
          id={group.id}
          name={group.name}
          box={layout.boxes.get(`group:${group.id}`)}
          onToggle={onToggle}
        />
      ))}
    </g>
  );
}

/** The count at the right of a frame's name, where there is room for both. */
function FrameNote({ box, name, text }: { readonly box: Box; readonly name: string; readonly text: string }) {
  if (box.width < 60 + name.length * 8 + text.length * 7) return null;
  return (
    <text x={box.x + box.width - 14} y={box.y + 23} fontSize={12} textAnchor="end" className="fill-muted">
      {text}
    </text>
  );
}

interface GroupProps {
  readonly id: string;
  readonly name: string;
  readonly box: Box | undefined;
  readonly onToggle: (groupId: string) => void;
}

function Group({ id, name, box, onToggle }: GroupProps) {
  if (box === undefined || name === "") return null;
  return (
    <g>
      <rect {...box} rx={6} fill="color-mix(in srgb, var(--bg) 70%, transparent)" stroke="var(--line)" />
      <text
        x={box.x + 12}
        y={box.y + 19}
        fontSize={12}
        className="cursor-pointer fill-muted font-mono hover:fill-accent"
        role="button"
        tabIndex={0}
        aria-label={`fold or open namespace ${name}`}
        onClick={(event) => {
          event.stopPropagation();
          onToggle(id);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") onToggle(id);
        }}
      >
        {name}
      </text>
    </g>
  );
}
