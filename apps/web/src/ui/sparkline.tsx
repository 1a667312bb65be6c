export interface SparklineProps {
  /** One value a bucket; null where the evidence is missing: drawn as a dotted outline, never as zero. */
  readonly values: readonly (number | null)[];
  readonly label: string;
  readonly height?: number;
  /** A CSS colour; the muted text colour when left out. */
  readonly colour?: string;
}

/** A row of bars as wide as its place. */
export function Sparkline({ values, label, height = 20, colour = "var(--muted)" }: SparklineProps) {
  const top = Math.max(1, ...values.map((value) => value ?? 0));
  const count = Math.max(1, values.length);
  return (
    <svg
      role="img"
      aria-label={label}
      width="100%"
      height={height}
      viewBox={`0 0 ${count * 4} ${height}`}
      preserveAspectRatio="none"
    >
      {values.map((value, index) =>
        value === null ? (
          <rect
            key={index}
            x={index * 4 + 0.5}
            y={height * 0.45}
            width={2}
            height={height * 0.55 - 0.5}
            fill="none"
            stroke="var(--unknown)"
            strokeWidth={1}
            strokeDasharray="1 1"
            vectorEffect="non-scaling-stroke"
          />
        ) : (
          <rect
            key={index}
            x={index * 4}
            y={height - barHeight(value, top, height)}
            width={3}
            height={barHeight(value, top, height)}
            fill={colour}
            opacity={value === 0 ? 0.35 : 1}
          />
        ),
      )}
    </svg>
  );
}

const barHeight = (value: number, top: number, height: number) =>
  value === 0 ? 1 : Math.max(1.5, (value / top) * height);
