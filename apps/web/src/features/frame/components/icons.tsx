import type { ReactNode } from "react";
import type { PageIcon } from "../model/pages";

const drawings: Record<PageIcon, ReactNode> = {
  overview: (
    <>
      <path d="M2.500 10a5.500 5.500 0 0 1 11 0" />
      <path d="M8 10l2.600-3.200M4.500 13h7" />
    </>
  ),
  clusters: (
    <>
      <path d="M8 1.700l5.500 3.150v6.300L8 14.300l-5.500-3.150v-6.300z" />
      <path d="M8 8v6.200M8 8L2.700 5M8 8l5.300-3" />
    </>
  ),
  graph: (
    <>
      <rect x="1.500" y="6" width="4" height="4" rx="1" />
      <rect x="10.500" y="1.800" width="4" height="4" rx="1" />
      <rect x="10.500" y="10.200" width="4" height="4" rx="1" />
      <path d="M5.500 8H8m2.500-4.200H9.300A1.300 1.300 0 0 0 8 5.100v5.800a1.300 1.300 0 0 0 1.300 1.300h1.200" />
    </>
  ),
  flows: <path d="M2.200 13.500v-4M5.100 13.500v-7M8 13.500v-3.200M10.900 13.500v-9M13.800 13.500V7.200" />,
  policies: <path d="M2 2.800h3.200v10.400H2zM6.400 2.800h3.200v7H6.400zM10.800 2.800H14v4.400h-3.200z" />,
  access: (
    <>
      <circle cx="5.200" cy="8" r="3.200" />
      <path d="M8.400 8H14v2.600M11.400 8v2" />
    </>
  ),
  organisations: (
    <>
      <path d="M2.500 13.800V2.500h6v11.300M8.500 6.500h5v7.300M1.500 13.800h13" />
      <path d="M4.700 5.200h1.600M4.700 8h1.600M4.700 10.800h1.600" />
    </>
  ),
  "sign-on": (
    <>
      <path d="M7 2.500h6.500v11H7" />
      <path d="M2 8h7.500M7 5.500L9.500 8 7 10.500" />
    </>
  ),
  audit: (
    <>
      <path d="M6.200 4H14M6.200 8H14M6.200 12H14" />
      <path d="M2 4l.8.800 1.400-1.500M2 8l.8.800 1.400-1.500M2 12l.8.800 1.400-1.500" />
    </>
  ),
  settings: (
    <>
      <path d="M2 5h7M12 5h2M2 11h2M7 11h7" />
      <circle cx="10.500" cy="5" r="1.500" />
      <circle cx="5.500" cy="11" r="1.500" />
    </>
  ),
};

/** The icon of a page of the rail, 16 px. */
export function PageGlyph({ icon }: { readonly icon: PageIcon }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden
    >
      {drawings[icon]}
    </svg>
  );
}

/** The mark of Isthmus: two lands and the narrow way between them. */
export function Logo({ size = 24 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" role="img" aria-label="Isthmus">
      <path d="M3 4h18v5h-6v6h6v5H3v-5h6V9H3z" fill="currentColor" />
    </svg>
  );
}
