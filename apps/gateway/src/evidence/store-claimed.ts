import { restateEvidenceInsert, type InsertEntry } from "@isthmus/db";
import { FlowStoreError, pickRows, type FlowBlockEntry, type FlowStoreErrorCode } from "@isthmus/flow-store";
import { backoffDelayMs, type Backoff } from "@isthmus/std";
import type { ClaimedFlows } from "./claim";
import { conclude, type Ending, type OpenInsert } from "./conclude";
import type { WriterPorts } from "./ports";
import { settle } from "./settle";

/**
 * What became of an insert; `refused`: nothing of it is stored for what is in it, and would not be again; `late`: nothing
 * of it is stored since it came after its deadline.
 */
export type InsertEnding = Ending | "refused" | "late";

const backoff: Backoff = { baseMs: 100, maxMs: 2_000 };

/**
 * The rows of claimed flows as they go in. Those that have to be settled are compared with what is stored, and the insert
 * says anew what it holds; undefined where somebody has ended the insert meanwhile.
 */
export async function blockOf(
  ports: WriterPorts,
  organisationId: string,
  { insertId, claimed }: { readonly insertId: string; readonly claimed: readonly ClaimedFlows[] },
): Promise<{ readonly entries: readonly InsertEntry[]; readonly block: readonly FlowBlockEntry[] } | undefined> {
  const entries: InsertEntry[] = [];
  const block: FlowBlockEntry[] = [];
  for (const each of claimed) {
    const plain = await ports.turns.run(() => plainEntry(organisationId, each));
    const settled = each.settles ? await settledEntry(ports, each, plain) : plain;
    const { isUnsent: _, ...entry } = each.entry;
    entries.push({ ...entry, rows: settled.table.rows, correction: settled.correction });
    if (settled.table.rows > 0) block.push(settled);
  }
  if (!claimed.some(({ settles }) => settles)) return { entries, block };
  const held = entries.filter(({ rows }) => rows > 0);
  const isOurs = await ports.database
    .forOrganisation(organisationId)
    .transaction((tx) => restateEvidenceInsert(tx, { id: insertId, entries: held }));
  return isOurs ? { entries, block } : undefined;
}

function plainEntry(organisationId: string, claimed: ClaimedFlows): FlowBlockEntry {
  const { entry, evidence, identities, submission } = claimed;
  return {
    organisationId,
    clusterId: entry.clusterId,
    incarnation: entry.incarnation,
    bucketStart: entry.bucket,
    part: entry.part,
    parts: entry.parts,
    correction: entry.correction,
    receivedAtMs: submission.receivedAtMs,
    asOfMs: evidence.asOfMs,
    table: evidence.table(identities),
  };
}

async function settledEntry(ports: WriterPorts, claimed: ClaimedFlows, plain: FlowBlockEntry): Promise<FlowBlockEntry> {
  const { organisationId } = plain;
  const { clusterId, incarnation, bucket } = claimed.entry;
  const stored = await ports.flows.storedFlows({ organisationId, clusterId, incarnation, bucket });
  const { correction, rows, counts, isFirst } = settle(plain.table, stored);
  return { ...plain, correction, table: pickRows(plain.table, rows, counts), isFirst };
}

/** Sends a block until ClickHouse has it, or until it is certain how the insert ended. */
export async function insertBlock(
  ports: WriterPorts,
  { insert, block }: { readonly insert: OpenInsert; readonly block: readonly FlowBlockEntry[] },
  signal: AbortSignal,
): Promise<InsertEnding> {
  const { flows, clock, log } = ports;
  ports.metrics.evidenceInserts.observe(block.reduce((sum, { table }) => sum + table.rows, 0));
  const giveUpAtMs = clock.now() + INSERT_MS;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await flows.insertFlows(block, insert.fence);
      return "landed";
    } catch (error) {
      const code = codeOf(error);
      log.warn({ err: error, insert: insert.fence.id, code }, "evidence could not be inserted");
      if (code === "bad-data") {
        const ending = await conclude(ports, insert, { signal, answered: true });
        return ending === "free" ? "refused" : ending;
      }
      const delayMs = backoffDelayMs(backoff, attempt, 0.5 + Math.random() / 2);
      if (code === "late") {
        const ending = await conclude(ports, insert, { signal });
        return ending === "free" ? "late" : ending;
      }
      if (clock.now() + delayMs >= giveUpAtMs) return await conclude(ports, insert, { signal });
      await clock.sleep(delayMs, signal);
    }
  }
}

/** For so long an insert may begin at ClickHouse, in ms. */
export const INSERT_MS = 10_000;

/** What is not the store's failure is ours: the block cannot be written. */
const codeOf = (error: unknown): FlowStoreErrorCode => (error instanceof FlowStoreError ? error.code : "bad-data");
