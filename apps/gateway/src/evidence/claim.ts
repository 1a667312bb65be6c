import {
  findPublishedIdentitiesOf,
  holdAgentLeases,
  listEvidenceProgress,
  openEvidenceInsert,
  takeEvidenceLedgers,
  type EvidenceProgress,
  type InsertEntry,
  type ProgressKey,
  type OrganisationTransaction,
  type PublishedIdentity,
} from "@isthmus/db";
import type { FlowEvidence, Submission } from "./evidence";
import { afterStored, judge, nothingKnown } from "./progress";

/** A submission of flows that goes into an insert. */
export interface ClaimedFlows {
  readonly submission: Submission;
  readonly evidence: FlowEvidence;
  readonly entry: InsertEntry;
  /** Its rows are to be compared with what is stored of its bucket first. */
  readonly settles: boolean;
  readonly identities: readonly PublishedIdentity[];
}

/** What a transaction made of submissions; each is in exactly one list. */
export interface Claim {
  /** To be stored now: nobody else stores anything of their clusters meanwhile. */
  readonly flows: readonly ClaimedFlows[];
  readonly gaps: readonly Submission[];
  readonly repeated: readonly Submission[];
  /** Their sessions no longer hold their clusters. */
  readonly fenced: readonly Submission[];
  /** Of clusters without a ledger yet. */
  readonly unknown: readonly Submission[];
  /** Their turn has not come: something of their cluster is being stored, or has to be first. */
  readonly waiting: readonly Submission[];
}

/** Under what an insert is opened. */
export interface InsertOpening {
  readonly id: string;
  readonly gatewayId: string;
  readonly deadline: Date;
}

/** Decides what becomes of submissions of one organisation, and opens the insert for those that are to be stored. */
export async function claim(
  tx: OrganisationTransaction,
  submissions: readonly Submission[],
  opening: InsertOpening,
): Promise<Claim> {
  const clusterIds = [...new Set(submissions.map(({ owner }) => owner.clusterId))];
  const leases = [...new Map(submissions.map(({ owner }) => [leaseOf(owner), owner])).values()];
  const held = await holdAgentLeases(tx, leases);
  const ledgers = await takeEvidenceLedgers(tx, clusterIds);
  const sorter = new Sorter(await listEvidenceProgress(tx, submissions.map(keyOf)), ledgers);
  for (const submission of submissions) sorter.put(submission, held.has(leaseOf(submission.owner)));
  const wanted = sorter.flows.flatMap(({ submission, evidence }) =>
    evidence.names.map((name) => ({ clusterId: submission.owner.clusterId, name })),
  );
  const identities = await findPublishedIdentitiesOf(tx, wanted);
  const flows = sorter.flows.map((each) => ({
    ...each,
    identities: identities.get(each.submission.owner.clusterId) ?? [],
  }));
  const entries = flows.filter(({ entry }) => entry.rows > 0).map(({ entry }) => entry);
  if (entries.length > 0) await openEvidenceInsert(tx, { ...opening, entries });
  const { gaps, repeated, fenced, unknown, waiting } = sorter;
  return { flows, gaps, repeated, fenced, unknown, waiting };
}

const keyOf = ({ owner, evidence }: Submission): ProgressKey => ({
  clusterId: owner.clusterId,
  incarnation: evidence.incarnation,
});

const leaseOf = ({ clusterId, leaseTerm }: Submission["owner"]): string => `${clusterId}/${leaseTerm}`;

type Lists = { -readonly [K in Exclude<keyof Claim, "flows">]: Submission[] };

/** Puts submissions into their lists in the order in which they came, each judged as if those before it were stored. */
class Sorter implements Lists {
  readonly flows: Omit<ClaimedFlows, "identities">[] = [];
  readonly gaps: Submission[] = [];
  readonly repeated: Submission[] = [];
  readonly fenced: Submission[] = [];
  readonly unknown: Submission[] = [];
  readonly waiting: Submission[] = [];
  readonly #progress: Map<string, EvidenceProgress>;
  readonly #ledgers: ReadonlyMap<string, string | null>;
  /** Clusters of which something is in the insert, and those of which nothing more may come into it. */
  readonly #begun = new Set<string>();
  readonly #closed = new Set<string>();

  constructor(progress: readonly EvidenceProgress[], ledgers: ReadonlyMap<string, string | null>) {
    this.#progress = new Map(progress.map((each) => [`${each.clusterId}/${each.incarnation}`, each]));
    this.#ledgers = ledgers;
  }

  put(submission: Submission, isHeld: boolean): void {
    const { evidence, owner } = submission;
    const open = this.#ledgers.get(owner.clusterId);
    if (!isHeld) this.fenced.push(submission);
    else if (open === undefined) this.unknown.push(submission);
    else if (evidence.kind === "gap") this.gaps.push(submission);
    else if (open !== null || this.#closed.has(owner.clusterId)) this.waiting.push(submission);
    else this.#putFlows(submission, evidence);
  }

  #putFlows(submission: Submission, evidence: FlowEvidence): void {
    const { clusterId } = submission.owner;
    const { incarnation, claim: batch, rows } = evidence;
    const key = `${clusterId}/${incarnation}`;
    const progress = this.#progress.get(key) ?? nothingKnown(clusterId, incarnation);
    const judgement = judge(progress, batch);
    if (judgement === "stored") return void this.repeated.push(submission);
    const settles = judgement === "settle" && rows > 0;
    if (settles) {
      // What is stored of its bucket must not change while it is compared: it goes alone of its cluster.
      this.#closed.add(clusterId);
      if (this.#begun.has(clusterId)) return void this.waiting.push(submission);
    }
    this.#begun.add(clusterId);
    this.#progress.set(key, afterStored(progress, batch, rows));
    const sent = { ...batch, clusterId, incarnation, correction: batch.sentCorrection, rows };
    const entry = settles ? { ...sent, isUnsent: true } : sent;
    this.flows.push({ submission, evidence, entry, settles });
  }
}
