import { listAudit, listAuditFacets, type AuditRecord } from "@isthmus/db";
import { z } from "zod";
import type { PersonContext } from "../../../server/context";
import { auditFilter, auditFilterInput } from "./filter";

/** What the audit page may ask. */
export const auditInput = auditFilterInput.extend({
  cursor: z
    .string()
    .regex(/^\d{1,19}$/)
    .nullish(),
  limit: z.number().int().min(1).max(200).default(50),
});

export type AuditInput = z.infer<typeof auditInput>;

const toLine = ({ id, seq, ...line }: AuditRecord) => ({
  ...line,
  id: id.toString(),
  seq: seq === null ? null : Number(seq),
});

/** One page of the log, newest first; `nextCursor` is null on the last one. */
export async function auditPage(ctx: Pick<PersonContext, "organisation">, input: AuditInput, nowMs: number) {
  const rows = await ctx.organisation.transaction(
    (tx) =>
      listAudit(tx, {
        ...auditFilter(input, nowMs),
        limit: input.limit + 1,
        ...(input.cursor ? { before: BigInt(input.cursor) } : {}),
      }),
    // A text that occurs nowhere is looked for in every line.
    { timeoutMs: 120_000 },
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
