"use client";

import { useEffect, useRef, useState } from "react";
import type { Shape } from "../model/columns";
import type { ServiceGraph } from "../model/graph";
import { layoutKey, type GraphLayout } from "../model/layout";

interface Answer {
  readonly id: number;
  readonly layout?: GraphLayout;
  readonly error?: string;
}

/** The layout of a graph, with the graph that it belongs to. */
export interface LaidOut {
  readonly key: string;
  readonly layout: GraphLayout;
}

/** Lays the graph out in a worker whenever its structure changes; until a new layout is there the old one stands. */
export function useLayout(
  graph: ServiceGraph | undefined,
  shape: Shape,
): {
  readonly laidOut: LaidOut | undefined;
  readonly error: string | undefined;
} {
  const [laidOut, setLaidOut] = useState<LaidOut>();
  const [error, setError] = useState<string>();
  const worker = useRef<Worker>(undefined);
  const wanted = useRef<{ readonly id: number; readonly key: string }>({ id: 0, key: "" });

  useEffect(() => {
    const started = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.current = started;
    started.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data.id !== wanted.current.id) return;
      if (data.layout === undefined) setError(data.error);
      else {
        setError(undefined);
        setLaidOut({ key: wanted.current.key, layout: data.layout });
      }
    };
    return () => started.terminate();
  }, []);

  const key = graph === undefined ? "" : layoutKey(graph, shape);
  useEffect(() => {
    if (graph === undefined || key === wanted.current.key) return;
    wanted.current = { id: wanted.current.id + 1, key };
    worker.current?.postMessage({ id: wanted.current.id, graph, shape });
  }, [graph, key, shape]);

  return { laidOut, error };
}
