import { isRetentionDays, maxRetentionDays } from "./retention-days";

/** What was typed for a number of days: nothing follows the default. */
export type TypedDays =
  | { readonly kind: "default" }
  | { readonly kind: "days"; readonly days: number }
  | { readonly kind: "wrong"; readonly problem: string };

/** Reads what was typed. */
export function readDays(text: string): TypedDays {
  const trimmed = text.trim();
  if (trimmed === "") return { kind: "default" };
  const days = /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (isRetentionDays(days)) return { kind: "days", days };
  return { kind: "wrong", problem: `Write whole days from 1 to ${maxRetentionDays}, or nothing for the default.` };
}
