import {
  endEvidenceInsert,
  listEvidenceProgress,
  publish,
  storeEvidenceProgress,
  takeEvidenceLedgers,
  type EvidenceProgress,
  type InsertEntry,
  type ProgressKey,
} from "@isthmus/db";
import type { CompleteBucket, GapInsert } from "@isthmus/flow-store";
import type { WriterPorts } from "./ports";
import { afterLost, afterSome, afterStored, completes, nothingKnown } from "./progress";

/** What has happened to evidence of one organisation and is now written down. */
export interface Happened {
  readonly organisationId: string;
  /** All clusters that this is about, those of the insert included: their ledgers are taken together, in order. */
  readonly clusterIds: readonly string[];
  /** The insert that this ends; undefined where there was none. */
  readonly insertId: string | undefined;
  /** Stored, marks of empty buckets included. */
  readonly stored: readonly { readonly entry: InsertEntry; readonly receivedAtMs: number }[];
  readonly gaps: readonly GapInsert[];
  /** Only in part, which cannot be told: what comes of these buckets is compared row by row. */
  readonly torn?: readonly InsertEntry[];
  /** Lost, and nobody says so: past retention. */
  readonly expired?: readonly Pick<GapInsert, "clusterId" | "incarnation" | "from" | "to">[];
}

/**
 * Writes down what happened: first in ClickHouse, where said twice is said once, then in Postgres, which ends the insert.
 * False where somebody else has ended it: then nothing was written down in Postgres, and what is known must be read anew.
 */
export async function writeDown({ database, flows }: WriterPorts, happened: Happened): Promise<boolean> {
  const { organisationId, clusterIds, insertId, stored, gaps } = happened;
  const organisation = database.forOrganisation(organisationId);
  if (stored.length > 0) {
    const before = await organisation.transaction((tx) => listEvidenceProgress(tx, keysOf(happened)));
    await flows.markBuckets(new Book(before).completed(happened));
  }
  await flows.insertGaps(gaps);
  return await organisation.transaction(async (tx) => {
    const ledgers = await takeEvidenceLedgers(tx, clusterIds);
    if (insertId !== undefined && !(await endEvidenceInsert(tx, insertId))) return false;
    const book = new Book(await listEvidenceProgress(tx, keysOf(happened)));
    book.enter(happened);
    // A cluster that was deleted meanwhile has no ledger any more.
    await storeEvidenceProgress(
      tx,
      book.changed.filter(({ clusterId }) => ledgers.has(clusterId)),
    );
    const changed = new Set([...stored.map(({ entry }) => entry.clusterId), ...gaps.map(({ clusterId }) => clusterId)]);
    for (const id of changed) await publish(tx, { topic: "evidence", id });
    return true;
  });
}

/** The incarnations that this is about. */
const keysOf = ({ stored, gaps, torn = [], expired = [] }: Happened): readonly ProgressKey[] => [
  ...stored.map(({ entry }) => entry),
  ...torn,
  ...gaps,
  ...expired,
];

/** What is known, as it changes. */
class Book {
  readonly #progress: Map<string, EvidenceProgress>;
  readonly #changed = new Set<string>();

  constructor(progress: readonly EvidenceProgress[]) {
    this.#progress = new Map(progress.map((each) => [`${each.clusterId}/${each.incarnation}`, each]));
  }

  get changed(): readonly EvidenceProgress[] {
    return [...this.#progress].filter(([key]) => this.#changed.has(key)).map(([, progress]) => progress);
  }

  /** The buckets that are whole once everything is entered. */
  completed({ organisationId, stored }: Happened): readonly CompleteBucket[] {
    return stored.flatMap(({ entry, receivedAtMs }) => {
      const { clusterId, incarnation, bucket } = entry;
      const rows = completes(this.#of(entry), entry, entry.rows);
      this.#set(entry, afterStored(this.#of(entry), entry, entry.rows));
      return rows === undefined ? [] : [{ organisationId, clusterId, incarnation, bucket, rows, receivedAtMs }];
    });
  }

  enter({ stored, gaps, torn = [], expired = [] }: Happened): void {
    for (const { entry } of stored) this.#set(entry, afterStored(this.#of(entry), entry, entry.rows));
    // How many rows of it are stored is not known: a mark that counted too many would make the bucket look expired.
    for (const entry of torn) this.#set(entry, afterSome(this.#of(entry), entry.bucket, 0));
    for (const lost of [...gaps, ...expired]) this.#set(lost, afterLost(this.#of(lost), lost.from, lost.to));
  }

  #of({ clusterId, incarnation }: Pick<InsertEntry, "clusterId" | "incarnation">): EvidenceProgress {
    return this.#progress.get(`${clusterId}/${incarnation}`) ?? nothingKnown(clusterId, incarnation);
  }

  #set({ clusterId, incarnation }: Pick<InsertEntry, "clusterId" | "incarnation">, progress: EvidenceProgress): void {
    const key = `${clusterId}/${incarnation}`;
    this.#progress.set(key, progress);
    this.#changed.add(key);
  }
}
