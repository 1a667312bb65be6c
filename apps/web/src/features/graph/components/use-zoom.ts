"use client";

import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomBehavior } from "d3-zoom";
import { useCallback, useEffect, useRef, useState } from "react";
import { fitInto, type Size, type View } from "../model/fit";

const LIMITS: [number, number] = [0.15, 2.5];

/**
 * Zoom and move by wheel, drag and touch, with acts for the buttons. The picture is fitted into its room until a person
 * moves or zooms it; from then on it keeps its place.
 */
export function useZoom(size: Size) {
  const svg = useRef<SVGSVGElement>(null);
  const behaviour = useRef<ZoomBehavior<SVGSVGElement, unknown>>(undefined);
  const [view, setView] = useState<View>({ x: 0, y: 0, k: 1 });
  const [room, setRoom] = useState<Size>({ width: 0, height: 0 });
  const moved = useRef(false);

  useEffect(() => {
    const element = svg.current;
    if (element === null) return;
    const made = zoom<SVGSVGElement, unknown>()
      .scaleExtent(LIMITS)
      .on("zoom", ({ transform, sourceEvent }: { readonly transform: View; readonly sourceEvent: unknown }) => {
        if (sourceEvent !== null && sourceEvent !== undefined) moved.current = true;
        setView({ x: transform.x, y: transform.y, k: transform.k });
      });
    behaviour.current = made;
    select(element).call(made).on("dblclick.zoom", null);
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setRoom({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      select(element).on(".zoom", null);
    };
  }, []);

  const fit = useCallback(() => {
    const element = svg.current;
    if (element === null || behaviour.current === undefined || room.width === 0 || size.width === 0) return;
    const { x, y, k } = fitInto(size, room);
    moved.current = false;
    select(element).call(behaviour.current.transform.bind(behaviour.current), zoomIdentity.translate(x, y).scale(k));
  }, [size, room]);

  const scaleBy = useCallback((factor: number) => {
    if (svg.current === null || behaviour.current === undefined) return;
    moved.current = true;
    select(svg.current).call(behaviour.current.scaleBy.bind(behaviour.current), factor);
  }, []);

  useEffect(() => {
    if (!moved.current) fit();
  }, [fit]);

  return { svg, view, room, fit, scaleBy };
}
