import { touchAgentSessions, type Database, type SessionHeard } from "@isthmus/db";
import { groupBy, type Clock } from "@isthmus/std";
import type { Logger } from "pino";

/** A session that was heard, and whom to tell that its lease has passed on. */
export interface HeardNote extends SessionHeard {
  readonly organisationId: string;
  readonly onTakenOver: () => void;
}

/** Writes of many sessions that they were heard, in one statement. */
export interface HeardNotes {
  /** Notes it soon; of several of one session the last counts. */
  note(heard: HeardNote): void;
}

/** What notes work with. */
export interface HeardNotesParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long notes gather, in ms. */
const GATHER_MS = 500;

/** Makes the notes of one gateway. A failure is logged and costs nothing: the next heartbeat is noted again. */
export function createHeardNotes(parts: HeardNotesParts): HeardNotes {
  const waiting = new Map<string, HeardNote>();
  let running = false;
  const run = async (): Promise<void> => {
    while (waiting.size > 0) {
      await parts.clock.sleep(GATHER_MS);
      const notes = [...waiting.values()];
      waiting.clear();
      for (const ofOne of groupBy(notes, ({ organisationId }) => organisationId).values()) {
        const busy = await write(parts, ofOne);
        for (const note of busy) if (!waiting.has(note.clusterId)) waiting.set(note.clusterId, note);
      }
    }
    running = false;
  };
  return {
    note: (heard) => {
      waiting.set(heard.clusterId, heard);
      if (running) return;
      running = true;
      void run();
    },
  };
}

/** Writes the notes of one organisation; returns those whose rows somebody else holds now. */
async function write({ database, log }: HeardNotesParts, notes: readonly HeardNote[]): Promise<readonly HeardNote[]> {
  try {
    const organisation = database.forOrganisation(notes[0]?.organisationId ?? "");
    const outcomes = await organisation.transaction((tx) => touchAgentSessions(tx, notes));
    for (const { clusterId, onTakenOver } of notes) if (outcomes.get(clusterId) === "taken-over") onTakenOver();
    return notes.filter(({ clusterId }) => outcomes.get(clusterId) === "busy");
  } catch (error) {
    log.warn({ err: error, sessions: notes.length }, "could not note heartbeats");
    return [];
  }
}
