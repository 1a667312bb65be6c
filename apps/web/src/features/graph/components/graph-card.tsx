import { hiddenEnd, hiddenKind } from "../../flows";
import type { GraphCard } from "../model/graph";
import { portY } from "../model/card-size";
import type { Box } from "../model/geometry";
import { middleEllipsis } from "../../../ui";

export interface CardProps {
  readonly card: GraphCard;
  readonly box: Box;
  readonly selected: boolean;
  readonly dimmed: boolean;
  readonly onSelect: (id: string) => void;
  /** Folds or unfolds the card's namespace. */
  readonly onToggle: (id: string) => void;
}

const NAME_CHARACTERS = 16;

/** A workload: its name, and on a line each the ports that it answers on. A folded namespace has a second edge behind it. */
export function Card({ card, box, selected, dimmed, onSelect, onToggle }: CardProps) {
  const folded = card.folded > 0;
  const outside = card.clusterId === null;
  const hidden = card.kind === hiddenKind;
  const open = () => (folded ? onToggle(card.id) : onSelect(card.id));
  return (
    <g
      transform={`translate(${box.x} ${box.y})`}
      opacity={dimmed ? 0.6 : 1}
      role="button"
      tabIndex={0}
      aria-pressed={selected}
      className="graph-focus cursor-pointer outline-none"
      onClick={(event) => {
        event.stopPropagation();
        open();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        open();
      }}
    >
      <title>{labelOf(card)}</title>
      <g aria-hidden>
        {folded ? (
          <rect
            x={4}
            y={4}
            width={box.width}
            height={box.height}
            rx={6}
            fill="var(--surface)"
            stroke="var(--line-strong)"
          />
        ) : null}
        <rect
          className="graph-card"
          width={box.width}
          height={box.height}
          rx={6}
          fill="var(--surface)"
          stroke={selected ? "var(--accent)" : "var(--line-strong)"}
          strokeWidth={selected ? 2 : 1}
          strokeDasharray={hidden ? "1 3" : outside ? "4 3" : undefined}
          strokeLinecap={hidden ? "round" : undefined}
        />
        <text
          x={10}
          y={18}
          fontSize={12}
          className={hidden ? "fill-unknown font-sans" : outside ? "fill-text font-sans" : "fill-text font-mono"}
          fontWeight={500}
        >
          {hidden ? `? ${card.name}` : middleEllipsis(card.name, NAME_CHARACTERS)}
        </text>
        {folded ? (
          <path
            d={`M${box.width - 14} 10l4 4-4 4`}
            fill="none"
            stroke="var(--muted)"
            strokeWidth={1.5}
            strokeLinecap="round"
          />
        ) : null}
        {card.ports.map((port, index) => (
          <text key={port} x={10} y={portY(index) + 4} fontSize={11} className="fill-muted font-mono">
            {portLabel(port)}
          </text>
        ))}
        {folded || card.ports.length === 0 ? (
          <text
            x={folded ? box.width - 10 : 10}
            y={portY(0) + 4}
            fontSize={11}
            textAnchor={folded ? "end" : "start"}
            className="fill-muted"
          >
            {folded ? `${card.folded} workloads` : hidden ? "hidden" : card.kind.toLowerCase()}
          </text>
        ) : null}
      </g>
    </g>
  );
}

/** Its name for those who do not see it, and what is shown when it is pointed at. */
const labelOf = ({ kind, name, namespace, folded, ports }: GraphCard): string => {
  if (folded > 0) return `namespace ${name}, ${folded} workloads, open`;
  if (kind === hiddenKind) return `an end ${name}: ${hiddenEnd.why}`;
  const place = namespace === "" ? "" : ` in ${namespace}`;
  return `${kind} ${name}${place}${ports.length === 0 ? "" : `, spoken to at ${ports.join(", ")}`}`;
};

/** "tcp 6379" is said as ":6379"; what is not TCP keeps its protocol. */
const portLabel = (port: string): string => {
  const [protocol = "", number] = port.split(" ");
  if (number === undefined) return protocol;
  return protocol === "tcp" ? `:${number}` : `:${number} ${protocol}`;
};
