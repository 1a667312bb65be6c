"use client";

import { useQuery } from "@tanstack/react-query";
import { usePathname } from "next/navigation";
import { Suspense, useState, type ReactNode } from "react";
import { liveOn, useTRPC } from "../../../client";
import { AccessContext, type HeldAccess } from "../model/access-context";
import { accessPageOf, belongsTo, missingFor, pageOf } from "../model/pages";
import type { Theme } from "../model/theme";
import { CommandPalette } from "./command-palette";
import { LiveProvider } from "./live";
import { NotHere, NotPermitted, ToStart } from "./not-permitted";
import { Rail } from "./rail";
import { TopBar } from "./top-bar";
import { ViewAsBanner } from "./view-as-banner";

export interface AppFrameProps {
  readonly children: ReactNode;
  readonly theme: Theme;
  readonly person: { readonly email: string; readonly displayName: string };
  /** What the person may do, as the server knew it when it made the page. */
  readonly access: HeldAccess;
  /** The evidence strip of the top bar: another feature's, given by the route. */
  readonly evidence: ReactNode;
  /** The account menu and what stands above all pages: other features', given by the route. */
  readonly organisations: ReactNode;
  readonly banner: ReactNode;
}

/** What stands around every page: the rail, the top bar, the palette, and the stream of changes. */
export function AppFrame(props: AppFrameProps) {
  return (
    <Suspense>
      <LiveProvider>
        <Framed {...props} />
      </LiveProvider>
    </Suspense>
  );
}

function Framed({ children, theme, person, access: initial, evidence, organisations, banner }: AppFrameProps) {
  const trpc = useTRPC();
  const [paletteOpen, setPaletteOpen] = useState(false);
  const held = useQuery(
    trpc.frame.access.queryOptions(undefined, {
      initialData: { ...initial, permissions: [...initial.permissions] },
      staleTime: 30_000,
      ...liveOn("access"),
    }),
  );
  const access = held.data;
  const path = usePathname();
  const page = pageOf(path, access.kind);
  return (
    <AccessContext value={access}>
      <a href="#page" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-2">
        Skip to the page
      </a>
      <div className="flex h-dvh flex-col">
        <ViewAsBanner />
        {banner}
        <div className="grid min-h-0 flex-1 grid-cols-[64px_minmax(0,1fr)] grid-rows-[auto_minmax(0,1fr)] max-md:grid-cols-[minmax(0,1fr)] max-md:grid-rows-[auto_minmax(0,1fr)_auto]">
          <Rail current={page} />
          <TopBar
            title={page?.name ?? "Isthmus"}
            theme={theme}
            person={person}
            evidence={evidence}
            organisations={organisations}
            onOpenPalette={() => setPaletteOpen(true)}
          />
          <main id="page" tabIndex={-1} className="flex min-h-0 min-w-0 outline-none md:col-start-2">
            <Guarded path={path} access={access}>
              {children}
            </Guarded>
          </main>
        </div>
      </div>
      <CommandPalette open={paletteOpen} onOpenChange={setPaletteOpen} />
    </AccessContext>
  );
}

interface GuardedProps {
  readonly path: string;
  readonly access: HeldAccess;
  readonly children: ReactNode;
}

/** The page, or why it is not shown. The server refuses by itself; this says so before anything is asked. */
function Guarded({ path, access, children }: GuardedProps) {
  if (!belongsTo(path, access.kind)) return path === "/" ? <ToStart /> : <NotHere />;
  const missing = missingFor(path, access);
  if (missing.length === 0) return children;
  const name = accessPageOf(path, access.kind)?.name ?? pageOf(path, access.kind)?.name ?? "this page";
  return <NotPermitted page={name} missing={missing} />;
}
