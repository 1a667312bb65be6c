"use client";

import Link from "next/link";
import { cx } from "../../../ui";
import { useAccess } from "../model/access-context";
import { railOf, startOf, type RailPage } from "../model/pages";
import { useLink } from "../model/use-view";
import { Logo, PageGlyph } from "./icons";

/** The rail of 64 px with the names of the pages that the person may see; on a narrow screen it lies at the foot. */
export function Rail({ current }: { readonly current: RailPage | undefined }) {
  const link = useLink();
  const { permissions, kind } = useAccess();
  const seeing = { kind, permissions };
  return (
    <nav
      aria-label="Pages"
      className="flex flex-col items-center border-r border-line bg-surface max-md:order-last max-md:flex-row max-md:overflow-x-auto max-md:border-t max-md:border-r-0 max-md:px-1 md:row-span-2"
    >
      <Link
        href={link(startOf(seeing))}
        aria-label="Isthmus: start"
        className="grid h-12 shrink-0 place-items-center text-text max-md:hidden"
      >
        <Logo />
      </Link>
      {railOf(seeing).map((page) => (
        <Link
          key={page.href}
          href={link(page.href)}
          aria-current={page === current ? "page" : undefined}
          className={cx(
            "relative mb-1 flex h-12 w-14 shrink-0 flex-col items-center justify-center gap-0.5 rounded-md text-axis transition-colors duration-150 hover:bg-wash max-md:mb-0 max-md:w-auto max-md:min-w-12 max-md:flex-1",
            page.href === "/settings" && "md:mt-auto",
            page === current
              ? "bg-wash font-semibold text-text before:absolute before:top-2 before:bottom-2 before:-left-1 before:w-0.5 before:bg-accent max-md:before:inset-x-2 max-md:before:top-0 max-md:before:bottom-auto max-md:before:left-2 max-md:before:h-0.5 max-md:before:w-auto"
              : "text-muted",
          )}
        >
          <PageGlyph icon={page.icon} />
          {page.short ?? page.name}
          {page.short === undefined ? null : <span className="sr-only">: {page.name}</span>}
        </Link>
      ))}
    </nav>
  );
}
