import {
  listApplications,
  listMembers,
  listRevisions,
  listTiers,
  type OrganisationTransaction,
  type PolicyRevisionRecord,
} from "@isthmus/db";
import { policySentences } from "../model/sentences";
import { hitTotals, indexHits } from "../model/hits";
import { modeOf, readHits, type Reading } from "./board";
import { noPolicy } from "./change";
import { readPolicyStates } from "./states";
import type { ViewInput } from "../../../view";

async function namesOfPeople(tx: OrganisationTransaction): Promise<ReadonlyMap<string, string>> {
  return new Map((await listMembers(tx)).map((member) => [member.personId, member.displayName]));
}

function revisionOf(revision: PolicyRevisionRecord, people: ReadonlyMap<string, string>) {
  const { id, number, manifestYaml, digest, placementSelector, comment, createdAt, createdBy } = revision;
  return {
    id,
    number,
    manifestYaml,
    digest,
    placementSelector,
    comment,
    createdAt,
    author: people.get(createdBy ?? "") ?? "somebody who has left",
  };
}

/** One policy: its state in each cluster, its rules in sentences, its revisions and what was decided when. */
export async function policyDetail(ctx: Reading, input: { readonly policyId: string; readonly view: ViewInput }) {
  const now = ctx.server.clock.now();
  const { named, ...detail } = await readDetail(ctx, now, input.policyId);
  const hits = await readHits(ctx, input.view, named);
  return {
    ...detail,
    hits: hits === null ? null : hitTotals(indexHits(hits.hits), named),
    hitsComplete: hits?.complete ?? false,
  };
}

/** What Postgres knows of it, and what hits name it. */
const readDetail = (ctx: Reading, now: number, policyId: string) =>
  ctx.organisation.transaction(async (tx) => {
    const read = await readPolicyStates(tx, now, policyId);
    const [policy] = read.policies;
    const tier = (await listTiers(tx)).find((each) => each.id === policy?.tierId);
    if (!policy || !tier) throw noPolicy();
    const people = await namesOfPeople(tx);
    const revisions = await listRevisions(tx, policy.id);
    const applications = await listApplications(tx, policy.id);
    const numbers = new Map(revisions.map((revision) => [revision.id, revision.number]));
    const shown = revisions.find(({ id }) => id === (policy.applied ?? policy.newest)?.id);
    return {
      now,
      id: policy.id,
      kind: policy.kind,
      namespace: policy.namespace,
      name: policy.name,
      tier: { id: tier.id, name: tier.name, order: tier.order, defaultAction: tier.defaultAction },
      mode: modeOf(policy),
      newestNumber: policy.newest?.number ?? 0,
      appliedNumber: policy.applied?.number ?? null,
      shown: shown ? { ...revisionOf(shown, people), sentences: policySentences(shown.manifest) } : null,
      revisions: revisions.map((revision) => revisionOf(revision, people)),
      applications: applications.map((application) => ({
        id: application.id.toString(),
        action: application.action,
        number: application.revisionId === null ? null : (numbers.get(application.revisionId) ?? null),
        revisionId: application.revisionId,
        clusterIds: application.clusterIds,
        approver: people.get(application.approvedBy) ?? "somebody who has left",
        approvedAt: application.approvedAt,
        comment: application.comment,
      })),
      clusters: read.clusters.map(({ id, name, ordinal, labels }) => ({ id, name, ordinal, labels })),
      states: (read.states.get(policy.id) ?? []).map((state) => ({
        ...state,
        was: state.was ?? null,
        at: state.at ?? null,
        hint: state.hint ?? null,
      })),
      named: { kind: policy.kind, tier: tier.name, namespace: policy.namespace, name: policy.name },
    };
  });
