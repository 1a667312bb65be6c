import { clusterColour } from "../../../ui";
import { seenPart, type Size, type View } from "../model/fit";
import type { ServiceGraph } from "../model/graph";
import type { GraphLayout } from "../model/layout";

const WIDTH = 132;
const HEIGHT = 120;

interface MinimapProps {
  readonly graph: ServiceGraph;
  readonly layout: GraphLayout;
  readonly view: View;
  readonly room: Size;
}

/** The whole graph in little with the part that is seen, so that a far corner is not forgotten; left out while everything fits. */
export function Minimap({ graph, layout, view, room }: MinimapProps) {
  const seen = seenPart(view, layout, room);
  if (seen === undefined) return null;
  const scale = Math.min(WIDTH / Math.max(1, layout.width), HEIGHT / Math.max(1, layout.height));
  const cards = graph.frames.flatMap((frame) => frame.groups.flatMap((group) => group.cards));
  const denied = new Set(
    graph.lines
      .filter(({ verdict }) => verdict === "deny" || verdict === "mixed")
      .flatMap(({ sourceId, destId }) => [sourceId, destId]),
  );
  return (
    <svg
      width={layout.width * scale}
      height={layout.height * scale}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      aria-hidden
      className="pointer-events-none absolute right-3 bottom-3 rounded-md border border-line bg-surface max-md:hidden"
    >
      {graph.frames.map((frame) => {
        const box = layout.boxes.get(`frame:${frame.id}`);
        const colour = frame.cluster === null ? "var(--line-strong)" : clusterColour(frame.cluster.ordinal);
        return box === undefined ? null : <rect key={frame.id} {...box} fill="none" stroke={colour} strokeWidth={8} />;
      })}
      {cards.map((card) => {
        const box = layout.boxes.get(card.id);
        return box === undefined ? null : (
          <rect key={card.id} {...box} fill={denied.has(card.id) ? "var(--deny)" : "var(--line-strong)"} />
        );
      })}
      <rect
        {...seen}
        fill="var(--accent)"
        fillOpacity={0.08}
        stroke="var(--accent)"
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
