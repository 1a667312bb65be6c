import type { AuditFilter } from "@isthmus/db";
import { z } from "zod";
import { parseRange, resolveRange } from "../../../view";

/** What of the log may be asked for; `range` in the notation of the URL, absent for all time. */
export const auditFilterInput = z.object({
  actorId: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  targetKind: z.string().max(100).optional(),
  targetId: z.string().max(100).optional(),
  text: z.string().max(200).optional(),
  range: z.string().max(64).optional(),
});

export type AuditFilterInput = z.infer<typeof auditFilterInput>;

/** What was asked, as the database is asked. A range that is none means all time. */
export function auditFilter(input: AuditFilterInput, nowMs: number): AuditFilter {
  const range = input.range === undefined ? undefined : parseRange(input.range);
  const interval = range?.ok === true ? resolveRange(range.value, nowMs) : undefined;
  return {
    ...(input.actorId === undefined ? {} : { actorId: input.actorId }),
    ...(input.action === undefined ? {} : { actionPrefix: input.action }),
    ...(input.targetKind === undefined ? {} : { targetKind: input.targetKind }),
    ...(input.targetId === undefined ? {} : { targetId: input.targetId }),
    ...(input.text === undefined || input.text === "" ? {} : { text: input.text }),
    ...(interval ? { from: new Date(interval.fromMs), to: new Date(interval.toMs + 1_000) } : {}),
  };
}
