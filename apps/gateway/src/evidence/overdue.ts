import { listOverdueEvidenceInserts, type EvidenceInsert } from "@isthmus/db";
import { writeDown } from "./books";
import { conclude } from "./conclude";
import type { WriterPorts } from "./ports";

/** A gateway that is at work ends its own inserts; others look at what is this much over its deadline, in ms. */
const PATIENCE_MS = 2_000;

/** Concludes the inserts of an organisation that whoever began them has left open. */
export async function concludeOverdue(ports: WriterPorts, organisationId: string, signal: AbortSignal): Promise<void> {
  const before = new Date((await ports.flows.now()) - PATIENCE_MS);
  const open = await ports.database
    .forOrganisation(organisationId)
    .transaction((tx) => listOverdueEvidenceInserts(tx, { before }));
  for (const insert of open) {
    await concludeOne(ports, { organisationId, insert }, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      ports.log.error({ err: error, insert: insert.id }, "an insert could not be concluded; it is tried again");
    });
  }
}

async function concludeOne(
  ports: WriterPorts,
  { organisationId, insert }: { readonly organisationId: string; readonly insert: EvidenceInsert },
  signal: AbortSignal,
): Promise<void> {
  const { id, deadline, entries, gatewayId } = insert;
  const fence = { id, deadlineMs: deadline.getTime() };
  const ending = await conclude(ports, { organisationId, fence, entries }, { signal });
  const receivedAtMs = deadline.getTime();
  await writeDown(ports, {
    organisationId,
    clusterIds: [...new Set(entries.map(({ clusterId }) => clusterId))],
    insertId: id,
    stored: ending === "landed" ? entries.map((entry) => ({ entry, receivedAtMs })) : [],
    torn: ending === "torn" ? entries : [],
    gaps: [],
  });
  ports.log.warn({ insert: id, gateway: gatewayId, ending }, "an insert was left open; it is concluded");
}
