"use client";

import { Check } from "lucide-react";
import { useState } from "react";
import { Button, ControlButton, cx, Field, Popover } from "../../../ui";
import { describeRange, offeredRanges, parseRange, printRange, resolveRange, type TimeRange } from "../../../view";
import { useView } from "../model/use-view";

/** The time range of all pages: one of a list, or two times. */
export function RangePicker() {
  const { range, set } = useView();
  const [open, setOpen] = useState(false);
  const choose = (next: TimeRange) => {
    set({ range: next, live: next.kind === "relative" });
    setOpen(false);
  };
  return (
    <Popover
      label="Time range"
      open={open}
      onOpenChange={setOpen}
      width={264}
      trigger={<ControlButton>{describeRange(range)}</ControlButton>}
    >
      <ul className="grid grid-cols-2 gap-0.5">
        {offeredRanges.map((text) => {
          const offered = parseRange(text);
          if (!offered.ok) return null;
          const chosen = printRange(range) === text;
          return (
            <li key={text}>
              <button
                type="button"
                aria-pressed={chosen}
                onClick={() => choose(offered.value)}
                className={cx(
                  "flex h-7 w-full items-center gap-2 rounded-sm px-2 text-left hover:bg-wash",
                  chosen && "bg-wash-accent",
                )}
              >
                <span className="size-3.5">{chosen ? <Check size={14} aria-hidden /> : null}</span>
                {describeRange(offered.value)}
              </button>
            </li>
          );
        })}
      </ul>
      <FixedRange range={range} onChoose={choose} />
    </Popover>
  );
}

function FixedRange({ range, onChoose }: { readonly range: TimeRange; readonly onChoose: (range: TimeRange) => void }) {
  const [ends] = useState(() => resolveRange(range, Date.now()));
  const [from, setFrom] = useState(() => typed(ends.fromMs));
  const [to, setTo] = useState(() => typed(ends.toMs));
  const [error, setError] = useState<string>();
  return (
    <form
      className="mt-1 flex flex-col gap-2 border-t border-line p-2"
      onSubmit={(event) => {
        event.preventDefault();
        const parsed = parseRange(`${notation(from)}..${notation(to)}`);
        if (parsed.ok) onChoose(parsed.value);
        else setError(parsed.error);
      }}
    >
      <Field label="From, UTC" mono value={from} onChange={(event) => setFrom(event.target.value)} />
      <Field label="To, UTC" mono value={to} onChange={(event) => setTo(event.target.value)} error={error} />
      <Button type="submit">Show this range</Button>
    </form>
  );
}

const typed = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

/** "2026-11-23 14:00" as a person types it, in the notation of the URL. */
function notation(text: string): string {
  const [date = "", time = "00:00:00"] = text.trim().replace(/Z$/, "").split(/[ T]+/);
  return `${date}T${time.length === 5 ? `${time}:00` : time}Z`;
}
