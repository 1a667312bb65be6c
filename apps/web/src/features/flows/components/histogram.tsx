"use client";

import type { HistogramStep } from "@isthmus/flow-store";
import { useRef, useState, type PointerEvent, type RefObject } from "react";
import { absoluteTime, formatCount, hourMinute, dayMonth, shortCount } from "../../../ui";
import type { Interval } from "../../../view";
import { axisTimes, barsOf, describeStep, niceTop, type Bar } from "../model/histogram";

export interface HistogramProps {
  readonly range: Interval;
  readonly stepSeconds: number;
  readonly steps: readonly HistogramStep[];
  /** Stretches whose evidence is missing, wholly or in part: drawn as dotted outline where data would be. */
  readonly missing: readonly Interval[];
  readonly onBrush: (range: Interval) => void;
}

const width = 1_088;
const allowTop = 16;
const allowBase = 80;
const rareTop = 100;
const rareBase = 140;

/** Records by verdict over time: the allowed above, the rare verdicts below on a scale of their own. Drag to narrow. */
export function Histogram({ range, stepSeconds, steps, missing, onBrush }: HistogramProps) {
  const bars = barsOf(steps, range, stepSeconds);
  const allowScale = niceTop(Math.max(0, ...bars.map((bar) => bar.allow)));
  const rareScale = niceTop(Math.max(0, ...bars.map(rareOf)));
  const x = (ms: number) => ((ms - range.fromMs) / (range.toMs - range.fromMs)) * width;
  const svg = useRef<SVGSVGElement>(null);
  const brush = useBrush(svg, range, onBrush);
  const step = describeStep(stepSeconds);
  return (
    <div className="relative h-44 shrink-0 border-b border-line bg-bg px-3 pt-2">
      <Legend top={allowScale} base={allowBase} at={allowTop} />
      <Legend top={rareScale} base={rareBase} at={rareTop} />
      <span className="absolute top-1 right-4 text-axis text-muted">flow records per {step}</span>
      <span className="absolute right-4 text-axis text-muted" style={{ top: rareTop - 11 }}>
        not allowed
      </span>
      <div className="absolute inset-y-2 right-4 left-14">
        <svg
          ref={svg}
          viewBox={`0 0 ${width} 144`}
          preserveAspectRatio="none"
          width="100%"
          height="144"
          role="img"
          aria-label={describeBars(bars, step)}
          onPointerDown={brush.start}
          onPointerMove={brush.move}
          onPointerUp={brush.end}
          onPointerCancel={brush.cancel}
          className="cursor-crosshair touch-none select-none"
        >
          {[allowTop, allowBase, rareTop, rareBase].map((y) => (
            <path key={y} d={`M0 ${y}.5H${width}`} stroke="var(--line)" vectorEffect="non-scaling-stroke" />
          ))}
          {bars.map((bar) => (
            <BarMarks
              key={bar.startMs}
              bar={bar}
              left={x(Math.max(bar.startMs, range.fromMs))}
              right={x(Math.min(bar.startMs + stepSeconds * 1000, range.toMs))}
              allowScale={allowScale}
              rareScale={rareScale}
              step={step}
            />
          ))}
          {missing.map((each) => (
            <Hole
              key={each.fromMs}
              left={x(Math.max(each.fromMs, range.fromMs))}
              right={x(Math.min(each.toMs, range.toMs))}
            />
          ))}
          {brush.chosen === undefined ? null : (
            <rect
              x={x(brush.chosen.fromMs)}
              width={x(brush.chosen.toMs) - x(brush.chosen.fromMs)}
              y={4}
              height={138}
              fill="var(--accent)"
              opacity={0.14}
            />
          )}
        </svg>
        <div aria-hidden className="relative h-4 text-axis">
          {axisTimes(range, 7).map((at) => (
            <span
              key={at}
              className="absolute -translate-x-1/2 whitespace-nowrap"
              style={{ left: `${(x(at) / width) * 100}%` }}
            >
              {axisText(at, range)}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}

const rareOf = ({ deny, staged, unknown }: Bar) => deny + staged + unknown;

const axisText = (at: number, { fromMs, toMs }: Interval) => {
  const date = new Date(at);
  return toMs - fromMs > 36 * 3_600_000 ? `${dayMonth(date)} ${hourMinute(date)}` : hourMinute(date);
};

function describeBars(bars: readonly Bar[], step: string): string {
  const sum = (pick: (bar: Bar) => number) => formatCount(bars.reduce((total, bar) => total + pick(bar), 0));
  return `Flow records per ${step}: ${sum((bar) => bar.allow)} allowed, ${sum((bar) => bar.deny)} denied, ${sum((bar) => bar.staged)} that staged policies would deny, ${sum((bar) => bar.unknown)} unknown. Drag to narrow the time range.`;
}

function Legend({ top, base, at }: { readonly top: number; readonly base: number; readonly at: number }) {
  return (
    <>
      <span className="absolute left-0 w-12 text-right text-axis text-muted" style={{ top: at }}>
        {shortCount(top)}
      </span>
      <span className="absolute left-0 w-12 text-right text-axis text-muted" style={{ top: base }}>
        0
      </span>
    </>
  );
}

interface BarMarksProps {
  readonly bar: Bar;
  readonly left: number;
  readonly right: number;
  readonly allowScale: number;
  readonly rareScale: number;
  readonly step: string;
}

function BarMarks({ bar, left, right, allowScale, rareScale, step }: BarMarksProps) {
  const wide = Math.max(1, right - left - 2);
  const allow = (bar.allow / allowScale) * (allowBase - allowTop);
  const scale = (value: number) => (value === 0 ? 0 : Math.max(1.5, (value / rareScale) * (rareBase - rareTop)));
  const deny = scale(bar.deny);
  const staged = scale(bar.staged);
  const unknown = scale(bar.unknown);
  return (
    <g>
      <title>{`${absoluteTime(new Date(bar.startMs))}, ${step}: ${formatCount(bar.allow)} allowed, ${formatCount(bar.deny)} denied, ${formatCount(bar.staged)} staged to be denied, ${formatCount(bar.unknown)} unknown`}</title>
      <rect x={left} y={allowTop} width={wide} height={rareBase - allowTop} fill="transparent" />
      <rect x={left} y={allowBase - allow} width={wide} height={allow} fill="var(--allow)" opacity="var(--quiet)" />
      <rect x={left} y={rareBase - deny} width={wide} height={deny} fill="var(--deny)" />
      <rect x={left} y={rareBase - deny - staged} width={wide} height={staged} fill="var(--staged)" opacity={0.8} />
      <rect
        x={left + 0.5}
        y={rareBase - deny - staged - unknown}
        width={Math.max(1, wide - 1)}
        height={unknown}
        fill="none"
        stroke="var(--unknown)"
        strokeDasharray="2 2"
        vectorEffect="non-scaling-stroke"
      />
    </g>
  );
}

function Hole({ left, right }: { readonly left: number; readonly right: number }) {
  if (right - left < 1) return null;
  const common = {
    fill: "none",
    stroke: "var(--unknown)",
    strokeDasharray: "1 2",
    vectorEffect: "non-scaling-stroke",
  } as const;
  return (
    <g>
      <title>evidence is missing here</title>
      <rect x={left + 1} y={allowTop + 12} width={right - left - 3} height={allowBase - allowTop - 12} {...common} />
      <rect x={left + 1} y={rareTop + 12} width={right - left - 3} height={rareBase - rareTop - 12} {...common} />
    </g>
  );
}

/** Drags out a part of the range; less than a few pixels is a click and chooses nothing. */
function useBrush(svg: RefObject<SVGSVGElement | null>, range: Interval, onBrush: (range: Interval) => void) {
  const [ends, setEnds] = useState<{ readonly a: number; readonly b: number }>();
  const timeAt = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return range.fromMs;
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return range.fromMs + share * (range.toMs - range.fromMs);
  };
  const chosen = ends === undefined ? undefined : { fromMs: Math.min(ends.a, ends.b), toMs: Math.max(ends.a, ends.b) };
  return {
    chosen,
    start: (event: PointerEvent) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      setEnds({ a: timeAt(event), b: timeAt(event) });
    },
    move: (event: PointerEvent) => {
      if (ends !== undefined) setEnds({ a: ends.a, b: timeAt(event) });
    },
    end: () => {
      setEnds(undefined);
      if (chosen === undefined || chosen.toMs - chosen.fromMs < (range.toMs - range.fromMs) / 100) return;
      onBrush({ fromMs: Math.floor(chosen.fromMs / 15_000) * 15_000, toMs: Math.ceil(chosen.toMs / 15_000) * 15_000 });
    },
    cancel: () => setEnds(undefined),
  };
}
