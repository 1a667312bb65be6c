"use client";

import { usePathname } from "next/navigation";
import { Suspense, useState, type ReactNode } from "react";
import { pageOf } from "../model/pages";
import type { Theme } from "../model/theme";
import { CommandPalette } from "./command-palette";
import { LiveProvider } from "./live";
import { Rail } from "./rail";
import { TopBar } from "./top-bar";

export interface AppFrameProps {
  readonly children: ReactNode;
  readonly theme: Theme;
  readonly person: { readonly email: string; readonly displayName: string; readonly organisation: string };
  /** The evidence strip of the top bar: another feature's, given by the route. */
  readonly evidence: ReactNode;
}

/** What stands around every page: the rail, the top bar, the palette, and the stream of changes. */
export function AppFrame({ children, theme, person, evidence }: AppFrameProps) {
  const [paletteOpen, setPaletteOpen] = useState(false);
  const page = pageOf(usePathname());
  return (
    <Suspense>
      <LiveProvider>
        <a href="#page" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-2">
          Skip to the page
        </a>
        <div className="grid h-dvh grid-cols-[64px_minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)] max-md:grid-cols-[minmax(0,1fr)] max-md:grid-rows-[auto_minmax(0,1fr)_auto]">
          <Rail current={page} />
          <TopBar
            title={page?.name ?? "Isthmus"}
            theme={theme}
            person={person}
            evidence={evidence}
            onOpenPalette={() => setPaletteOpen(true)}
          />
          <main id="page" tabIndex={-1} className="flex min-h-0 min-w-0 outline-none md:col-start-2">
            {children}
          </main>
        </div>
        <CommandPalette open={paletteOpen} onOpenChange={setPaletteOpen} />
      </LiveProvider>
    </Suspense>
  );
}
