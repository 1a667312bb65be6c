"use client";

import { Tabs as Radix, ToggleGroup } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx";

export interface Tab<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
  /** A figure after the label. */
  readonly count?: ReactNode;
  readonly content?: ReactNode;
}

export interface TabsProps<T extends string> {
  readonly label: string;
  readonly tabs: readonly Tab<T>[];
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly className?: string;
}

/** Parts of one page or panel, one shown at a time. Keep `value` in the URL. */
export function Tabs<T extends string>({ label, tabs, value, onChange, className }: TabsProps<T>) {
  return (
    <Radix.Root
      value={value}
      onValueChange={(next) => pick(tabs, next, onChange)}
      className={cx("flex min-h-0 flex-col", className)}
    >
      <Radix.List aria-label={label} className="flex shrink-0 gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            // What shows a tab's part elsewhere has no panel here that could be named.
            {...(tab.content === undefined ? { "aria-controls": undefined } : {})}
            className="relative h-9 px-2 text-work whitespace-nowrap text-muted hover:text-text data-[state=active]:font-semibold data-[state=active]:text-text data-[state=active]:after:absolute data-[state=active]:after:inset-x-0 data-[state=active]:after:-bottom-px data-[state=active]:after:h-0.5 data-[state=active]:after:bg-accent"
          >
            {tab.label}
            {tab.count === undefined ? null : <span className="ml-1.5 font-normal text-muted">{tab.count}</span>}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) =>
        tab.content === undefined ? null : (
          <Radix.Content key={tab.value} value={tab.value} className="min-h-0 flex-1 overflow-auto">
            {tab.content}
          </Radix.Content>
        ),
      )}
    </Radix.Root>
  );
}

/** A row of choices that are few enough to show: the filter segments of a bar. */
export function Segments<T extends string>({ label, tabs, value, onChange }: TabsProps<T>) {
  return (
    <ToggleGroup.Root
      type="single"
      aria-label={label}
      value={value}
      onValueChange={(next) => pick(tabs, next, onChange)}
      className="inline-flex h-7 shrink-0 overflow-hidden rounded-md border border-line bg-surface"
    >
      {tabs.map((tab) => (
        <ToggleGroup.Item
          key={tab.value}
          value={tab.value}
          className="border-r border-line px-2.5 text-table whitespace-nowrap text-muted last:border-r-0 hover:text-text focus-visible:-outline-offset-2 data-[state=on]:bg-wash data-[state=on]:font-semibold data-[state=on]:text-text"
        >
          {tab.label}
          {tab.count === undefined ? null : <span className="ml-1">{tab.count}</span>}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

function pick<T extends string>(tabs: readonly Tab<T>[], next: string, onChange: (value: T) => void): void {
  const tab = tabs.find((each) => each.value === next);
  if (tab !== undefined) onChange(tab.value);
}
