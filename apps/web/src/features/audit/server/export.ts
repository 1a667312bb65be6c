import { entryLine, headerLine, type AuditEntry } from "@isthmus/audit";
import { countAudit, findAuditHead, findOrganisation, listAuditChain, type AuditFilter } from "@isthmus/db";
import { z } from "zod";
import type { PersonContext, RequestContext } from "../../../server/context";
import { fileWord, type Download } from "../../../server/download";
import { AppError } from "../../../server/errors";
import { csvHeader, csvLine } from "./csv";
import { auditFilter, auditFilterInput } from "./filter";
import { recordAct } from "./record";

type Context = RequestContext & PersonContext;

const linesAtOnce = 1_000;

const exportInput = auditFilterInput.extend({ format: z.enum(["jsonl", "csv"]).default("jsonl") });

/** Everything that fits, page by page and oldest first, up to one line. */
export async function* auditEntries(
  { wholeOrganisation }: Pick<PersonContext, "wholeOrganisation">,
  { filter, throughId }: { readonly filter: AuditFilter; readonly throughId: bigint },
): AsyncGenerator<readonly AuditEntry[]> {
  for (let afterId = 0n; ;) {
    const at = afterId;
    const entries = await wholeOrganisation.transaction((tx) =>
      listAuditChain(tx, { afterId: at, throughId, limit: linesAtOnce, query: filter }),
    );
    if (entries.length > 0) yield entries;
    if (entries.length < linesAtOnce) return;
    afterId = entries.at(-1)?.id ?? afterId;
  }
}

/** What an export holds is settled, and written into the log, before its first line is read. */
async function begin(ctx: Context, asked: z.infer<typeof exportInput>) {
  const { format, ...input } = asked;
  const filter = auditFilter(input, ctx.server.clock.now());
  const named: Record<string, string> = Object.fromEntries(
    Object.entries(input).flatMap(([key, value]) => (value === undefined || value === "" ? [] : [[key, value]])),
  );
  return ctx.wholeOrganisation.transaction(
    async (tx) => {
      const head = await findAuditHead(tx);
      const organisation = await findOrganisation(tx);
      const throughId = head?.newestId ?? 0n;
      const lines = await countAudit(tx, { throughId, query: filter });
      await recordAct(tx, ctx, {
        action: "audit.export",
        target: { kind: "audit", id: ctx.organisationId, name: organisation?.name ?? "" },
        detail: { after: { format, filter: named, lines, through: head?.seq ?? 0 } },
      });
      return { head, filter, named, throughId, organisationName: organisation?.name ?? "" };
    },
    { timeoutMs: 120_000 },
  );
}

/** The audit log as a file: JSON Lines, which `isthmus audit verify` reads, or CSV. */
export async function openAuditExport(ctx: Context, query: URLSearchParams): Promise<Download> {
  const read = exportInput.safeParse(Object.fromEntries(query));
  if (!read.success)
    throw new AppError(
      "invalid-input",
      read.error.issues.map((each) => `${each.path.join(".")}: ${each.message}`).join("; "),
    );
  const { format } = read.data;
  const begun = await begin(ctx, read.data);
  const exportedAt = new Date(ctx.server.clock.now()).toISOString();
  const { head } = begun;
  const header = {
    organisation: { id: ctx.organisationId, name: begun.organisationName },
    filter: begun.named,
    head: head === undefined ? null : { seq: head.seq, hash: head.hash },
    exportedAt,
  };
  return {
    fileName: `audit-${fileWord(begun.organisationName)}-${exportedAt.slice(0, 10)}.${format}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/jsonl; charset=utf-8",
    texts: texts(ctx, begun, format === "csv" ? csvHeader : `${headerLine(header)}\n`, format),
  };
}

async function* texts(
  ctx: Context,
  begun: { readonly filter: AuditFilter; readonly throughId: bigint },
  ...[first, format]: readonly [string, "jsonl" | "csv"]
): AsyncGenerator<string> {
  yield first;
  for await (const entries of auditEntries(ctx, begun)) {
    yield entries.map((entry) => (format === "csv" ? csvLine(entry) : `${entryLine(entry)}\n`)).join("");
  }
}
