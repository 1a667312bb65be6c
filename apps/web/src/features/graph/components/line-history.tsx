"use client";

import { useQuery } from "@tanstack/react-query";
import type { GraphEdge } from "@isthmus/flow-store";
import { liveOn, useTRPC } from "../../../client";
import { hourMinute, shortCount } from "../../../ui";
import { Loaded, useView } from "../../frame";

const HEIGHT = 72;

/** Connections on one edge over the range, by step: allowed below, denied in their own hue on top. */
export function LineHistory({ edge }: { readonly edge: GraphEdge }) {
  const trpc = useTRPC();
  const view = useView();
  const { source, dest, protocol, port } = edge;
  const history = useQuery(
    trpc.graph.history.queryOptions({ view: view.input, edge: { source, dest, protocol, port } }, liveOn("evidence")),
  );
  return (
    <Loaded
      query={history}
      what="its history"
      look="part"
      loading={<div style={{ height: HEIGHT + 16 }} className="rounded-sm bg-wash" />}
    >
      {({ steps }) => <Bars steps={steps} />}
    </Loaded>
  );
}

interface Step {
  readonly startMs: number;
  readonly allowed: number;
  readonly denied: number;
}

function Bars({ steps }: { readonly steps: readonly Step[] }) {
  const top = Math.max(1, ...steps.map(({ allowed, denied }) => allowed + denied));
  const first = steps[0];
  const last = steps.at(-1);
  return (
    <figure>
      <svg
        width="100%"
        height={HEIGHT}
        viewBox={`0 0 ${Math.max(1, steps.length) * 4} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`up to ${top} connections a step`}
      >
        {steps.map(({ startMs, allowed, denied }, index) => {
          const deniedHeight = (denied / top) * (HEIGHT - 2);
          const allowedHeight = (allowed / top) * (HEIGHT - 2);
          return (
            <g key={startMs}>
              <rect
                x={index * 4}
                y={HEIGHT - allowedHeight}
                width={3}
                height={allowedHeight}
                fill="var(--allow)"
                opacity={0.7}
              />
              <rect
                x={index * 4}
                y={HEIGHT - allowedHeight - deniedHeight}
                width={3}
                height={deniedHeight}
                fill="var(--deny)"
              />
            </g>
          );
        })}
      </svg>
      <figcaption className="flex justify-between text-axis text-muted">
        <span>{first === undefined ? "" : hourMinute(new Date(first.startMs))}</span>
        <span>highest {shortCount(top)}</span>
        <span>{last === undefined ? "" : hourMinute(new Date(last.startMs))}</span>
      </figcaption>
    </figure>
  );
}
