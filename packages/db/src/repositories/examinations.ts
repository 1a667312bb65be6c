import type { Prisma } from "../generated/client";
import { clustersSeen } from "../reach";
import { prismaOf, publish, type OrganisationTransaction } from "../transaction";

/** How a finding stands; unknown is neither good nor bad. */
export type FindingState = "ok" | "warning" | "failing" | "unknown" | "not-applicable";

/** One thing that an agent looked at: what it saw, and what to do (empty texts where there is nothing to be said). */
export interface ExaminationFinding {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  readonly state: FindingState;
  readonly seen: string;
  readonly advice: string;
  /** A command or a piece of a manifest, to be copied. */
  readonly remedy: string;
}

/** An examination as an agent sent it; `examinedAt` is by its clock. */
export interface ExaminationUpdate {
  readonly clusterId: string;
  readonly examinedAt: Date;
  readonly receivedAt: Date;
  readonly tookMs: number;
  readonly agentVersion: string;
  readonly findings: readonly ExaminationFinding[];
  /** Number of the question that it answers; 0: nobody had asked. */
  readonly answers: bigint;
}

/** What is on record of a cluster's examinations: the newest, and the last question. */
export interface ExaminationRecord {
  readonly clusterId: string;
  /** Null before the first has come. */
  readonly examinedAt: Date | null;
  readonly receivedAt: Date | null;
  readonly tookMs: number;
  readonly agentVersion: string;
  readonly findings: readonly ExaminationFinding[];
  /** When the question was asked that has no answer yet; null where there is none. */
  readonly waitingSince: Date | null;
}

const states: ReadonlySet<unknown> = new Set<FindingState>(["ok", "warning", "failing", "unknown", "not-applicable"]);

function findingIn(value: Prisma.JsonValue): readonly ExaminationFinding[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const text = (name: string): string => (typeof value[name] === "string" ? value[name] : "");
  // INVARIANT: what passes is one of the states.
  const state = (states.has(value["state"]) ? value["state"] : "unknown") as FindingState;
  const [id, group, title] = [text("id"), text("group"), text("title")];
  return [{ id, group, title, state, seen: text("seen"), advice: text("advice"), remedy: text("remedy") }];
}

/** The examinations of the clusters that can be seen, or of one. */
export async function listExaminations(
  tx: OrganisationTransaction,
  clusterId?: string,
): Promise<readonly ExaminationRecord[]> {
  const seen = clustersSeen(tx);
  const rows = await prismaOf(tx).clusterExamination.findMany({
    where: {
      ...(clusterId === undefined ? {} : { clusterId }),
      ...(seen === undefined ? {} : { AND: [{ clusterId: seen }] }),
    },
    orderBy: { clusterId: "asc" },
  });
  return rows.map(({ asked, askedAt, answered, findings, clusterId: id, ...row }) => ({
    clusterId: id,
    examinedAt: row.examinedAt,
    receivedAt: row.receivedAt,
    tookMs: row.tookMs,
    agentVersion: row.agentVersion,
    findings: Array.isArray(findings) ? findings.flatMap(findingIn) : [],
    waitingSince: asked > answered ? askedAt : null,
  }));
}

/** Stores the newest examination in place of the one before. */
export async function storeExamination(tx: OrganisationTransaction, update: ExaminationUpdate): Promise<void> {
  const findings = JSON.stringify(update.findings);
  await prismaOf(tx).$executeRaw`
    insert into cluster_examination as e (cluster_id, organisation_id, answered, examined_at, received_at, took_ms,
      agent_version, findings)
    values (${update.clusterId}::uuid, ${tx.organisationId}::uuid, 0, ${update.examinedAt},
      ${update.receivedAt}, ${update.tookMs}, ${update.agentVersion}, ${findings}::jsonb)
    on conflict (cluster_id) do update set examined_at = excluded.examined_at, received_at = excluded.received_at,
      took_ms = excluded.took_ms, agent_version = excluded.agent_version, findings = excluded.findings,
      -- An agent that is out of step, as one whose database was restored, answers nothing that was not asked.
      answered = greatest(e.answered, least(${update.answers}, e.asked))`;
  await publish(tx, { topic: "examination", id: update.clusterId });
}

/** Asks for an examination; false where one was asked for after `unlessSince` and has not come yet. */
export async function askForExamination(
  tx: OrganisationTransaction,
  { clusterId, at, unlessSince }: { readonly clusterId: string; readonly at: Date; readonly unlessSince: Date },
): Promise<boolean> {
  const count = await prismaOf(tx).$executeRaw`
    insert into cluster_examination as e (cluster_id, organisation_id, asked, asked_at)
    values (${clusterId}::uuid, ${tx.organisationId}::uuid, 1, ${at})
    on conflict (cluster_id) do update set asked = e.asked + 1, asked_at = excluded.asked_at
    where e.asked <= e.answered or e.asked_at < ${unlessSince}`;
  if (count > 0) await publish(tx, { topic: "examination", id: clusterId });
  return count > 0;
}
