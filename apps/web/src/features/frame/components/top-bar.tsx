"use client";

import { LogOut, Search, Settings } from "lucide-react";
import { useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { cx, Kbd, Menu, MenuItem, MenuLabel, MenuSeparator } from "../../../ui";
import { useAccess, useMay } from "../model/access-context";
import type { Theme } from "../model/theme";
import { LiveSwitch } from "./live-switch";
import { RangePicker } from "./range-picker";
import { ScopePicker } from "./scope-picker";
import { ThemeSwitch } from "./theme-switch";
import { useSignOut } from "./use-sign-out";

export interface TopBarProps {
  readonly title: string;
  readonly theme: Theme;
  readonly person: { readonly email: string; readonly displayName: string };
  readonly evidence: ReactNode;
  /** The part of the account menu that changes the organisation. */
  readonly organisations: ReactNode;
  readonly onOpenPalette: () => void;
}

/** The bar of 48 px: the page's name, scope, time, live, evidence; on a narrow screen its controls get a second line. */
export function TopBar({ title, theme, person, evidence, organisations, onOpenPalette }: TopBarProps) {
  const { kind } = useAccess();
  const seesClusters = useMay("clusters.read");
  const seesFlows = useMay("flows.read");
  return (
    <header className="flex min-h-12 items-center gap-1 border-b border-line bg-surface px-4 max-md:flex-wrap max-md:px-3 max-md:py-1 md:col-start-2">
      <h1 className="mr-3 text-title font-semibold tracking-[-0.015em] max-md:order-1">{title}</h1>
      <div className="flex min-w-0 items-center gap-1 max-md:order-3 max-md:w-full max-md:overflow-x-auto max-md:py-1">
        {seesClusters ? <ScopePicker /> : null}
        {kind === "ordinary" ? <RangePicker /> : null}
        {kind === "ordinary" ? <LiveSwitch /> : null}
        {seesFlows ? evidence : null}
      </div>
      <div className="ml-auto flex shrink-0 items-center gap-1 pl-2 max-md:order-2">
        <button
          type="button"
          onClick={onOpenPalette}
          className="flex h-7 items-center gap-2 rounded-md border border-line bg-surface px-2 text-muted transition-colors duration-150 hover:bg-wash xl:w-58"
        >
          <Search size={14} aria-hidden />
          <span className="flex-1 text-left max-xl:sr-only">Find or run</span>
          <span className="max-lg:hidden">
            <Kbd>⌘K</Kbd>
          </span>
        </button>
        <ThemeSwitch initial={theme} />
        <AccountMenu person={person} organisations={organisations} />
      </div>
    </header>
  );
}

function AccountMenu({ person, organisations }: Pick<TopBarProps, "person" | "organisations">) {
  const router = useRouter();
  const signOut = useSignOut();
  const { organisation } = useAccess();
  return (
    <Menu
      align="end"
      width={280}
      trigger={
        <button
          type="button"
          className={cx(
            "ml-1 size-6 rounded-full border border-line bg-wash text-center text-axis leading-5.5 font-semibold",
          )}
        >
          <span className="sr-only">{`Account of ${person.displayName}, in ${organisation.name}`}</span>
          <span aria-hidden>{initials(person.displayName || person.email)}</span>
        </button>
      }
    >
      <MenuLabel>
        <span className="block text-work font-semibold text-text">{person.displayName}</span>
        <span className="block">{person.email}</span>
      </MenuLabel>
      {organisations}
      <MenuSeparator />
      <MenuItem icon={<Settings size={14} />} onSelect={() => router.push("/settings")}>
        Settings and sessions
      </MenuItem>
      <MenuItem icon={<LogOut size={14} />} onSelect={signOut}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

const initials = (name: string) =>
  name
    .split(/[\s.@_-]+/)
    .filter((part) => part !== "")
    .slice(0, 2)
    .map((part) => part.charAt(0).toUpperCase())
    .join("");
