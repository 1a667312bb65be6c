"use client";

import type { ReactNode } from "react";
import { Field, formatBytes, shortCount, Spinner } from "../../../ui";
import { readDays } from "../model/days-field";
import type { KindWords } from "../model/kinds";
import { fullAt } from "../model/usage";
import type { KindAmount } from "./retention-form";

interface RetentionRowProps {
  readonly words: KindWords;
  readonly text: string;
  readonly days: number;
  readonly byDefault: number;
  readonly amount: KindAmount | undefined;
  readonly barred: boolean;
  readonly onChange: (text: string) => void;
}

/** One kind: what it is, what it takes now, for how many days it is kept, and what that takes when they are full. */
export function RetentionRow({ words, text, days, byDefault, amount, barred, onChange }: RetentionRowProps) {
  const typed = readDays(text);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_8rem_9rem_10rem] items-start gap-x-4 gap-y-2 px-4 py-3 max-md:grid-cols-2">
      <div className="min-w-0 max-md:col-span-2">
        <p className="font-medium">{words.name}</p>
        <p className="text-table text-muted">{words.holds}</p>
      </div>
      <Figure name="Stored now">
        {amount === undefined ? <Spinner /> : amount.rows === 0 ? "nothing" : formatBytes(amount.bytes)}
        {amount === undefined || amount.rows === 0 ? null : (
          <span className="text-table text-muted">, {shortCount(amount.rows)} rows</span>
        )}
      </Figure>
      <Field
        label="Days kept"
        aria-label={`Days kept: ${words.name}`}
        inputMode="numeric"
        value={text}
        placeholder={`${byDefault}, the default`}
        disabled={barred}
        error={typed.kind === "wrong" ? typed.problem : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      <Figure name="When they are full">
        {amount === undefined || typed.kind === "wrong" ? (
          "–"
        ) : amount.average === null ? (
          <span className="text-muted">{amount.rows === 0 ? "nothing arrives" : "not known before a whole day"}</span>
        ) : (
          <>
            about {formatBytes(fullAt(amount.average, days))}
            <span className="block text-table text-muted">
              {formatBytes(amount.average.bytes)} a day, of {amount.average.days}{" "}
              {amount.average.days === 1 ? "day" : "days"}
            </span>
          </>
        )}
      </Figure>
    </div>
  );
}

const Figure = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div className="min-w-0">
    <p className="mb-1 text-table font-medium text-muted">{name}</p>
    <p>{children}</p>
  </div>
);
