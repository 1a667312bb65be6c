import type { InsertEntry } from "@isthmus/db";
import type { InsertFence } from "@isthmus/flow-store";
import type { WriterPorts } from "./ports";

/** How an insert ended: all of it is stored, with its rollups; nothing is; or a part of it, which should not be. */
export type Ending = "landed" | "free" | "torn";

/** An insert of which it is not known how it ended. */
export interface OpenInsert {
  readonly organisationId: string;
  readonly fence: InsertFence;
  readonly entries: readonly InsertEntry[];
}

/** How an ending is found out. */
export interface ConcludeOptions {
  readonly signal: AbortSignal;
  /** Whoever sent it has its answer, so that none of it can be on its way: the deadline need not be waited for. */
  readonly answered?: boolean;
}

/** How often ClickHouse's clock is looked at while a deadline is waited for, in ms. */
const LOOK_MS = 500;

/** For so long rows that are inserted again for the sake of rollups may begin at ClickHouse, in ms. */
const COMPLETE_MS = 10_000;
/** So long after its deadline an insert's token is surely among those that ClickHouse remembers, in ms. */
const REMEMBERED_MS = 300_000;

/**
 * Finds out how an insert ended, for good. After the deadline ClickHouse refuses to begin it, whoever may still send it;
 * then whatever of it runs is ended; then its flows are there or will never be.
 */
export async function conclude(
  { flows, clock, metrics, log }: Pick<WriterPorts, "flows" | "clock" | "metrics" | "log">,
  insert: OpenInsert,
  { signal, answered = false }: ConcludeOptions,
): Promise<Ending> {
  const { organisationId, fence, entries } = insert;
  if (!answered) while ((await flows.now()) <= fence.deadlineMs) await clock.sleep(LOOK_MS, signal);
  await flows.endInsert(fence.id);
  // Its rows would be counted under numbers that it was not to be stored under.
  if (entries.some(({ isUnsent }) => isUnsent === true)) return told("free", 0);
  const held = { organisationId, batches: entries };
  const expected = entries.reduce((sum, { rows }) => sum + rows, 0);
  const found = await flows.countFlows(held);
  const ending: Ending = found === 0 ? "free" : found === expected ? "landed" : "torn";
  if (ending !== "free") await complete();
  return told(ending, found);

  /** Tokens are not remembered for ever: where it is too late, a rollup may lack rows, and has none twice. */
  async function complete(): Promise<void> {
    const nowMs = await flows.now();
    if (nowMs - fence.deadlineMs < REMEMBERED_MS) {
      await flows.completeFlows(held, { id: fence.id, deadlineMs: nowMs + COMPLETE_MS });
    } else log.error({ insert: fence.id }, "an insert was concluded too late to make up for rollups that missed it");
  }

  function told(ending: Ending, found: number): Ending {
    metrics.evidenceConclusions.inc({ ending });
    log[ending === "torn" ? "error" : "info"]({ insert: fence.id, ending, found }, "an insert was concluded");
    return ending;
  }
}
