import { listAudit, listAuditFacets, type AuditRecord } from "@isthmus/db";
import { z } from "zod";
import type { PersonContext } from "../../../server/context";
import { resolveRange, parseRange } from "../../../view";

/** What the audit page may ask; `range` in the notation of the URL, absent for all time. */
export const auditInput = z.object({
  cursor: z
    .string()
    .regex(/^\d{1,19}$/)
    .nullish(),
  limit: z.number().int().min(1).max(200).default(50),
  actorId: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  targetKind: z.string().max(100).optional(),
  targetId: z.string().max(100).optional(),
  text: z.string().max(200).optional(),
  range: z.string().max(64).optional(),
});

export type AuditInput = z.infer<typeof auditInput>;

const toLine = ({ id, ...line }: AuditRecord) => ({ ...line, id: id.toString() });

/** One page of the log, newest first; `nextCursor` is null on the last one. */
export async function auditPage(ctx: Pick<PersonContext, "organisation">, input: AuditInput, nowMs: number) {
  const range = input.range === undefined ? undefined : parseRange(input.range);
  const interval = range?.ok === true ? resolveRange(range.value, nowMs) : undefined;
  const rows = await ctx.organisation.transaction((tx) =>
    listAudit(tx, {
      limit: input.limit + 1,
      ...(input.cursor ? { before: BigInt(input.cursor) } : {}),
      ...(input.actorId === undefined ? {} : { actorId: input.actorId }),
      ...(input.action === undefined ? {} : { actionPrefix: input.action }),
      ...(input.targetKind === undefined ? {} : { targetKind: input.targetKind }),
      ...(input.targetId === undefined ? {} : { targetId: input.targetId }),
      ...(input.text === undefined || input.text === "" ? {} : { text: input.text }),
      ...(interval ? { from: new Date(interval.fromMs), to: new Date(interval.toMs + 1_000) } : {}),
    }),
  );
  const page = rows.slice(0, input.limit);
  return {
    lines: page.map(toLine),
    nextCursor: rows.length > input.limit ? (page.at(-1)?.id.toString() ?? null) : null,
  };
}

/** The actors, actions and kinds of target that occur. */
export const auditFacets = (ctx: Pick<PersonContext, "organisation">) =>
  ctx.organisation.transaction((tx) => listAuditFacets(tx));
