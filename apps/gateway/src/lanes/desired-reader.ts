import { listDesiredObjectsOf, listRevisionNumbers, type Database } from "@isthmus/db";
import type { DesiredState } from "@isthmus/protocol";
import type { Clock } from "@isthmus/std";
import { createDesiredFrames } from "./desired-frame";
import { nextTurn } from "./turns";

/** What a session asks: what its cluster should hold beyond what it was sent. */
export interface DesiredAsk {
  readonly organisationId: string;
  readonly clusterId: string;
  /** The revision that the agent holds; 0: it is to get everything. */
  readonly base: bigint;
  /** The newest revision that the session has dealt with. */
  readonly seen: bigint;
}

/** Reads desired states for all sessions of a gateway, many in one transaction. */
export interface DesiredReader {
  /** The frame that takes the agent from `base` to the newest revision; undefined where nothing is newer than `seen`. */
  read(ask: DesiredAsk): Promise<DesiredState | undefined>;
}

/** How long askings gather, in ms: a change of a thousand clusters is announced to all of their sessions at once. */
const GATHER_MS = 10;
/** Clusters of one transaction: whole states may be large, differences are not. */
const MOST_COMPLETE = 16;
const MOST_DIFFERENCES = 100;

interface Asked {
  readonly ask: DesiredAsk;
  readonly resolve: (state: DesiredState | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes the reader of one gateway. */
export function createDesiredReader(database: Database, clock: Clock): DesiredReader {
  let waiting: Asked[] = [];
  let running = false;
  const run = async (): Promise<void> => {
    running = true;
    await clock.sleep(GATHER_MS);
    while (waiting.length > 0) {
      const batch = nextBatch(waiting);
      const taken = new Set(batch);
      waiting = waiting.filter((each) => !taken.has(each));
      await answer(database, batch).catch((error: unknown) => {
        for (const { reject } of batch) reject(error);
      });
    }
    running = false;
  };
  return {
    read: (ask) =>
      new Promise((resolve, reject) => {
        waiting.push({ ask, resolve, reject });
        if (!running) void run();
      }),
  };
}

/** Those of the oldest asking's kind and organisation, as many as one transaction may read. */
function nextBatch(waiting: readonly Asked[]): readonly Asked[] {
  const first = waiting[0]?.ask;
  const alike = waiting.filter(
    ({ ask }) => ask.organisationId === first?.organisationId && (ask.base === 0n) === (first.base === 0n),
  );
  // Two sessions of a cluster, as at a takeover, are answered one after the other.
  const apart = [...new Map(alike.map((each) => [each.ask.clusterId, each])).values()];
  return apart.slice(0, first?.base === 0n ? MOST_COMPLETE : MOST_DIFFERENCES);
}

async function answer(database: Database, batch: readonly Asked[]): Promise<void> {
  const organisation = database.forOrganisation(batch[0]?.ask.organisationId ?? "");
  const { revisions, objects } = await organisation.transaction(
    async (tx) => {
      const found = await listRevisionNumbers(
        tx,
        batch.map(({ ask }) => ask.clusterId),
      );
      const newer = batch.filter(({ ask }) => (found.get(ask.clusterId) ?? 0n) > ask.seen);
      const since = newer.map(({ ask }) => ({ clusterId: ask.clusterId, since: ask.base }));
      return { revisions: found, objects: since.length === 0 ? new Map() : await listDesiredObjectsOf(tx, since) };
    },
    { isolation: "repeatable-read" },
  );
  const frames = createDesiredFrames();
  for (const { ask, resolve } of batch) {
    const revision = revisions.get(ask.clusterId) ?? 0n;
    if (revision <= ask.seen) resolve(undefined);
    else resolve(frames.frame({ revision, baseRevision: ask.base }, objects.get(ask.clusterId) ?? []));
    // A large state takes its time to write: others have their turn between.
    await nextTurn();
  }
}
