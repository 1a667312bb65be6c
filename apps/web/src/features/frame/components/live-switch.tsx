"use client";

import { cx } from "../../../ui";
import { useView } from "../model/use-view";
import { useLive, type LiveState } from "./live";

const words: Record<LiveState, string> = {
  live: "live",
  paused: "paused",
  connecting: "connecting",
  lost: "not live",
};

const titles: Record<LiveState, string> = {
  live: "The page follows what happens. Click to hold it still.",
  paused: "The page holds still. Click to follow what happens.",
  connecting: "Connecting to the stream of changes.",
  lost: "The stream of changes is lost and tried again. What is shown may be old.",
};

/** Whether pages follow what happens. */
export function LiveSwitch() {
  const { live, range, set } = useView();
  const state = useLive();
  const fixed = range.kind === "absolute";
  return (
    <button
      type="button"
      aria-pressed={live}
      disabled={fixed}
      title={fixed ? "A fixed time range does not move. Choose a range that ends now to follow." : titles[state]}
      onClick={() => set({ live: !live })}
      className="inline-flex h-7 shrink-0 items-center gap-1.5 rounded-md border border-line bg-surface px-2 whitespace-nowrap transition-colors duration-150 hover:bg-wash disabled:text-muted"
    >
      <span
        aria-hidden
        className={cx(
          "size-2 rounded-full border",
          state === "live"
            ? "border-accent bg-accent"
            : state === "connecting"
              ? "animate-pulse border-accent"
              : "border-muted border-dotted",
        )}
      />
      {fixed ? "fixed" : words[state]}
    </button>
  );
}
