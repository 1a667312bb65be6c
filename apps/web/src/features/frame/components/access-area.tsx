"use client";

import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useEffect, type ReactNode } from "react";
import { cx, LoadingState } from "../../../ui";
import { useAccess } from "../model/access-context";
import { accessAreaOf, accessPageOf } from "../model/pages";
import { useLink } from "../model/use-view";
import { Page } from "./page";

/** The pages of Access beside their quiet list; on a narrow screen the list lies above as a row. */
export function AccessArea({ children }: { readonly children: ReactNode }) {
  const link = useLink();
  const path = usePathname();
  const { permissions, kind } = useAccess();
  const current = accessPageOf(path, kind);
  return (
    <Page className="max-lg:flex-col">
      <nav
        aria-label="Access"
        className="flex shrink-0 border-line bg-bg max-lg:overflow-x-auto max-lg:border-b max-lg:px-2 lg:w-46 lg:flex-col lg:gap-px lg:border-r lg:p-2"
      >
        {accessAreaOf({ kind, permissions }).map((page) => (
          <Link
            key={page.href}
            href={link(page.href)}
            aria-current={page.href === current?.href ? "page" : undefined}
            className={cx(
              "flex h-8 shrink-0 items-center rounded-md px-2 text-work whitespace-nowrap transition-colors duration-150 hover:bg-wash max-lg:h-10 max-lg:rounded-none",
              page.href === current?.href
                ? "font-semibold text-text max-lg:border-b-2 max-lg:border-accent lg:bg-wash"
                : "text-muted",
            )}
          >
            {page.name}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  );
}

/** Goes on to the first page of Access that the person sees. */
export function AccessStart() {
  const router = useRouter();
  const link = useLink();
  const { permissions, kind } = useAccess();
  const first = accessAreaOf({ kind, permissions })[0]?.href;
  useEffect(() => {
    if (first !== undefined) router.replace(link(first));
  }, [router, link, first]);
  return <LoadingState />;
}
