import type { SessionOwner } from "../context";
import { beginLedgers } from "./begin-ledgers";
import { createGate } from "../lanes/gate";
import type { Evidence, Outcome } from "./evidence";
import { OrganisationWriter } from "./organisation-writer";
import { concludeOverdue } from "./overdue";
import type { WriterPorts } from "./ports";

/** Stores what sessions hand in, each record once: the one way from this gateway into the evidence store. */
export interface EvidenceWriter {
  /** Resolves when it is durable, or is known to be already; rejects where the session no longer holds its cluster. */
  store(owner: SessionOwner, evidence: Evidence, signal: AbortSignal): Promise<Outcome>;
  /** Begins the ledgers of clusters that have none with what the evidence store itself has of them. */
  beginLedgers(organisationId: string, clusterIds: readonly string[]): Promise<void>;
  /** Concludes what other gateways have left open. */
  concludeOverdue(organisationId: string): Promise<void>;
  /** Ends when what is under way has, or after `withinMs`: then another gateway concludes it. */
  close(withinMs: number): Promise<void>;
}

/** Organisations whose evidence is stored at once: an insert must not wait for others until its deadline. */
const INSERTS_AT_ONCE = 4;

/** Makes the writer of one gateway. */
export function createEvidenceWriter(ports: WriterPorts): EvidenceWriter {
  const stop = new AbortController();
  const writers = new Map<string, OrganisationWriter>();
  const gate = createGate(INSERTS_AT_ONCE);
  const writerOf = (organisationId: string): OrganisationWriter => {
    const known = writers.get(organisationId);
    if (known) return known;
    const made = new OrganisationWriter(ports, organisationId, { stop: stop.signal, gate });
    writers.set(organisationId, made);
    return made;
  };
  return {
    store: async (owner, evidence, signal) => {
      let leave = (): void => undefined;
      try {
        return await new Promise<Outcome>((done, failed) => {
          const receivedAtMs = ports.clock.now();
          leave = writerOf(owner.organisationId).submit({ owner, evidence, receivedAtMs, signal, done, failed });
          signal.addEventListener("abort", leave, { once: true });
        });
      } finally {
        // A session lives for months, and its signal would keep every batch of it.
        signal.removeEventListener("abort", leave);
      }
    },
    beginLedgers: (organisationId, clusterIds) => beginLedgers(ports, organisationId, clusterIds),
    concludeOverdue: (organisationId) => concludeOverdue(ports, organisationId, stop.signal),
    close: async (withinMs) => {
      const idle = Promise.all([...writers.values()].map((writer) => writer.idle()));
      const late = new AbortController();
      await Promise.race([idle, ports.clock.sleep(withinMs, late.signal).catch(() => undefined)]);
      late.abort();
      stop.abort(new Error("the gateway stops"));
      await idle.catch(() => undefined);
    },
  };
}
