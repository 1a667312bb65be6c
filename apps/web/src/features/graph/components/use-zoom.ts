"use client";

import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior } from "d3-zoom";
import { useCallback, useEffect, useRef, useState } from "react";

/** Where the picture stands: moved by x and y px, then scaled. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

const LIMITS: [number, number] = [0.15, 2.5];
const PADDING = 24;

/** Zoom and move by wheel, drag and touch, with acts for the buttons; fits the picture once, then keeps its place. */
export function useZoom(size: { readonly width: number; readonly height: number } | undefined) {
  const svg = useRef<SVGSVGElement>(null);
  const behaviour = useRef<ZoomBehavior<SVGSVGElement, unknown>>(undefined);
  const [view, setView] = useState<View>({ x: 0, y: 0, k: 1 });
  const fitted = useRef(false);

  useEffect(() => {
    const element = svg.current;
    if (element === null) return;
    const made = zoom<SVGSVGElement, unknown>()
      .scaleExtent(LIMITS)
      .on("zoom", ({ transform }: { transform: View }) => setView({ x: transform.x, y: transform.y, k: transform.k }));
    behaviour.current = made;
    select(element).call(made).on("dblclick.zoom", null);
    return () => void select(element).on(".zoom", null);
  }, []);

  const fit = useCallback(() => {
    const element = svg.current;
    if (element === null || size === undefined || behaviour.current === undefined || size.width === 0) return;
    const { width, height } = element.getBoundingClientRect();
    const k = Math.min(1.25, (width - 2 * PADDING) / size.width, (height - 2 * PADDING) / size.height);
    const x = Math.max(PADDING, (width - size.width * k) / 2);
    const y = Math.max(PADDING, (height - size.height * k) / 2);
    select(element).call(behaviour.current.transform.bind(behaviour.current), zoomIdentity.translate(x, y).scale(k));
  }, [size]);

  const scaleBy = useCallback((factor: number) => {
    if (svg.current !== null && behaviour.current !== undefined) {
      select(svg.current).call(behaviour.current.scaleBy.bind(behaviour.current), factor);
    }
  }, []);

  useEffect(() => {
    if (fitted.current || size === undefined || size.width === 0) return;
    fitted.current = true;
    fit();
  }, [size, fit]);

  return { svg, view, fit, scaleBy };
}
