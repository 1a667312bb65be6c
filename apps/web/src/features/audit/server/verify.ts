import { CHAIN_START, chainProblemText, createChainVerifier } from "@isthmus/audit";
import { findAuditHead, listAuditChain } from "@isthmus/db";
import type { PersonContext } from "../../../server/context";

const pageOfLines = 5_000;

/** Computes the organisation's chain again, page by page, and says what is wrong with it. */
export async function verifyAuditLog(ctx: Pick<PersonContext, "organisation">) {
  const head = await ctx.organisation.transaction(findAuditHead);
  const verifier = createChainVerifier({ head: head ?? { seq: 0, hash: CHAIN_START } });
  const throughId = head?.newestId ?? 1n << 62n;
  for (let afterId = 0n; ;) {
    const at = afterId;
    const lines = await ctx.organisation.transaction((tx) =>
      listAuditChain(tx, { afterId: at, throughId, limit: pageOfLines }),
    );
    for (const line of lines) verifier.push(line);
    afterId = lines.at(-1)?.id ?? afterId;
    if (lines.length < pageOfLines) break;
  }
  const { entries, beforeChain, last, problems, problemCount } = verifier.finish();
  return {
    intact: problemCount === 0,
    entries,
    beforeChain,
    head: last ?? null,
    problems: problems.map((problem) => ({ ...problem, message: chainProblemText(problem) })),
    problemCount,
  };
}
