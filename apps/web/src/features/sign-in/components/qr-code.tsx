"use client";

import encodeQr from "qr";
import { useMemo } from "react";

/** A QR code as squares, dark on light in both themes, so that every camera reads it. */
export function QrCode({
  text,
  label,
  size = 176,
}: {
  readonly text: string;
  readonly label: string;
  readonly size?: number;
}) {
  const rows = useMemo(() => encodeQr(text, "raw", { border: 2 }), [text]);
  const path = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg
      role="img"
      aria-label={label}
      width={size}
      height={size}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      shapeRendering="crispEdges"
      className="rounded-md border border-line"
    >
      <rect width={rows.length} height={rows.length} fill="#ffffff" />
      <path d={path} fill="#1c1d1f" />
    </svg>
  );
}
