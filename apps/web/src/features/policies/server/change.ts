import { randomUUID } from "node:crypto";
import {
  appendApplication,
  appendRevision,
  createPolicy,
  DatabaseError,
  findPolicy,
  findPolicyByName,
  findRevision,
  listClusters,
  listTiers,
  lockPolicy,
  publish,
  wholeOf,
  type ClusterRecord,
  type OrganisationTransaction,
  type PolicyRecord,
  type PolicyRevisionRecord,
} from "@isthmus/db";
import type { Permission } from "@isthmus/access";
import { contentHash, type JsonValue } from "@isthmus/policy-engine";
import { AppError } from "../../../server/errors";
import { recordAct, type Acting } from "../../audit/server";
import { checkPolicy, type CheckedPolicy } from "../model/check-policy";
import type { EditorDiagnostic } from "../model/policy-yaml";
import type { ApplyInput, SaveInput } from "./inputs";
import {
  appliedOn,
  authorizePolicy,
  authorizePolicySomewhere,
  placedOn,
  type ConcernedPolicy,
  type PolicyPlace,
} from "./placing";

const target = (policy: { readonly id: string; readonly name: string }) => ({
  kind: "policy",
  id: policy.id,
  name: policy.name,
});

export const noPolicy = () => new AppError("not-found", "There is no such policy. Go back to the board.");

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** What is wrong with a text, in one message with the lines, as the editor shows it in place. */
function diagnosticsMessage(text: string, diagnostics: readonly EditorDiagnostic[]): string {
  const errors = diagnostics.filter((each) => each.severity === "error");
  const lines = errors
    .slice(0, 5)
    .map(
      ({ from, message, hint }) => `line ${lineOf(text, from)}: ${message}${hint === undefined ? "" : ` (${hint})`}`,
    );
  return errors.length > 5 ? `${lines.join("; ")}; and ${errors.length - 5} more` : lines.join("; ");
}

async function checked(
  tx: OrganisationTransaction,
  input: SaveInput,
  existing: PolicyRecord | undefined,
): Promise<CheckedPolicy> {
  const tiers = await listTiers(tx);
  const check = checkPolicy(input.yaml, { tiers: tiers.map((tier) => tier.name), ...(existing ? { existing } : {}) });
  if (!check.policy) throw new AppError("invalid-input", diagnosticsMessage(input.yaml, check.diagnostics));
  return check.policy;
}

async function policyFor(
  tx: OrganisationTransaction,
  ctx: Acting,
  { policy, existing }: { policy: CheckedPolicy; existing: PolicyRecord | undefined },
): Promise<string> {
  if (existing) return existing.id;
  if (await findPolicyByName(wholeOf(tx), policy)) {
    throw new AppError(
      "conflict",
      `There is a ${policy.kind} \`${policy.name}\`${policy.namespace === "" ? "" : ` in \`${policy.namespace}\``} already. Open it to save a new revision.`,
    );
  }
  const tier = (await listTiers(tx)).find((each) => each.name === policy.tier);
  if (!tier) throw new AppError("barred", `The tier \`${policy.tier}\` is not there any more.`);
  const id = randomUUID();
  const { kind, namespace, name } = policy;
  await createPolicy(tx, {
    id,
    tierId: tier.id,
    kind,
    namespace,
    name,
    createdBy: ctx.person.id,
    at: new Date(ctx.server.clock.now()),
  });
  return id;
}

/** Refuses who may not do it to the policy in these clusters, before anything is told of how the policy stands. */
async function authorizeKept(
  tx: OrganisationTransaction,
  ctx: Acting,
  { policy, permission, ...concerned }: { policy: PolicyRecord; permission: Permission } & Concerned,
): Promise<void> {
  authorizePolicy(ctx, permission, { ...(await placeOf(tx, policy)), ...concerned });
}

type Concerned = Pick<ConcernedPolicy, "clusterIds" | "matchesNone">;

async function placeOf(tx: OrganisationTransaction, policy: PolicyRecord): Promise<PolicyPlace> {
  const tier = (await listTiers(tx)).find((each) => each.id === policy.tierId);
  if (tier === undefined) throw noPolicy();
  return { tier: tier.name, namespace: policy.namespace };
}

async function existingPolicy(
  tx: OrganisationTransaction,
  ctx: Acting,
  input: SaveInput,
): Promise<PolicyRecord | undefined> {
  if (input.policyId === undefined) return undefined;
  const existing = await lockedPolicy(tx, input.policyId);
  const held = await appliedOn(tx, existing.id);
  const clusterIds = held.length > 0 ? held : (await placedNow(tx, existing)).clusterIds;
  // Placed nowhere, it is nobody's in particular; where it shall be placed is authorised with the new placement.
  authorizePolicySomewhere(ctx, "policies.write", { ...(await placeOf(tx, existing)), clusterIds });
  if (input.basedOn !== undefined && existing.newest && existing.newest.number !== input.basedOn) {
    throw new AppError(
      "stale",
      `Somebody saved revision ${existing.newest.number} while you wrote. Look at it, then save again; your text is kept here.`,
    );
  }
  return existing;
}

/** Saves a text as an immutable revision, and as a new policy where `policyId` is absent. */
export async function saveRevision(
  ctx: Acting,
  input: SaveInput,
): Promise<{ readonly policyId: string; readonly revisionId: string; readonly number: number }> {
  try {
    return await ctx.organisation.transaction(async (tx) => {
      const existing = await existingPolicy(tx, ctx, input);
      const policy = await checked(tx, input, existing);
      const placement = await placedOn(tx, input.placement);
      // A selector may match nothing today; it must at least be one. Applying asks for a match.
      if (placement.problem?.code === "invalid-input") throw placement.problem;
      const clusterIds = placement.clusters.map((cluster) => cluster.id);
      const held = existing === undefined ? [] : await appliedOn(tx, existing.id);
      const { matchesNone } = placement;
      authorizePolicy(ctx, "policies.write", { ...policy, clusterIds: [...clusterIds, ...held], matchesNone });
      const id = await policyFor(tx, ctx, { policy, existing });
      const revisionId = randomUUID();
      const number = await appendRevision(tx, {
        id: revisionId,
        policyId: id,
        manifestYaml: input.yaml,
        manifest: policy.manifest,
        digest: contentHash(policy.manifest as JsonValue),
        placementSelector: input.placement.trim(),
        clusterIds,
        comment: input.comment,
        createdBy: ctx.person.id,
        at: new Date(ctx.server.clock.now()),
      });
      await recordAct(tx, ctx, {
        action: "policy.save",
        target: target({ id, name: policy.name }),
        detail: {
          ...(existing?.newest
            ? {
                before: {
                  revision: existing.newest.number,
                  yaml: existing.newest.manifestYaml,
                  placement: existing.newest.placementSelector,
                },
              }
            : {}),
          after: { revision: number, yaml: input.yaml, placement: input.placement.trim() },
          ...(input.comment === "" ? {} : { note: input.comment }),
        },
      });
      await publish(tx, { topic: "policy", id });
      return { policyId: id, revisionId, number };
    });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "unique-violation") {
      throw new AppError("conflict", "Somebody saved the same at this moment. Reload and look.", { cause: error });
    }
    throw error;
  }
}

/** What holds before a decision, for the audit log: all of it, whatever of it its author sees. */
async function approvedNow(tx: OrganisationTransaction, policy: PolicyRecord) {
  if (policy.application?.action !== "apply") return { revision: null, clusters: [] };
  const clusters = namesOf(await appliedOn(tx, policy.id), await listClusters(wholeOf(tx)));
  return { revision: policy.applied?.number, clusters };
}

const namesOf = (ids: readonly string[], clusters: readonly ClusterRecord[]): string[] =>
  ids.map((id) => clusters.find((cluster) => cluster.id === id)?.name ?? id);

function checkSameClusters(shown: readonly string[] | undefined, resolved: readonly ClusterRecord[]): void {
  if (shown === undefined) return;
  const now = new Set(resolved.map((cluster) => cluster.id));
  if (now.size === new Set(shown).size && shown.every((id) => now.has(id))) return;
  throw new AppError(
    "stale",
    `The selector now matches ${resolved.map((cluster) => cluster.name).join(", ")}: the clusters have changed since you looked. Nothing was applied.`,
  );
}

async function lockedPolicy(tx: OrganisationTransaction, id: string): Promise<PolicyRecord> {
  await lockPolicy(tx, id);
  const policy = await findPolicy(tx, id);
  if (!policy) throw noPolicy();
  return policy;
}

async function revisionOf(
  tx: OrganisationTransaction,
  policy: PolicyRecord,
  id: string,
): Promise<PolicyRevisionRecord> {
  const revision = await findRevision(tx, id);
  if (revision?.policyId !== policy.id) throw new AppError("not-found", "The policy has no such revision.");
  return revision;
}

/** Approves exactly this revision for exactly the clusters that its selector matches now (invariant I6). */
export async function applyPolicy(
  ctx: Acting,
  input: ApplyInput,
): Promise<{ readonly clusterIds: readonly string[]; readonly applicationId: string }> {
  return ctx.organisation.transaction(async (tx) => {
    const policy = await lockedPolicy(tx, input.policyId);
    const revision = await revisionOf(tx, policy, input.revisionId);
    const { clusters: resolved, matchesNone, problem } = await placedOn(tx, revision.placementSelector);
    const clusterIds = [...resolved.map((cluster) => cluster.id), ...(await appliedOn(tx, policy.id))];
    await authorizeKept(tx, ctx, { policy, permission: "policies.apply", clusterIds, matchesNone });
    // Tiers and rules may have changed since the text was saved: what is applied is checked as it stands now.
    await checked(tx, { yaml: revision.manifestYaml, placement: revision.placementSelector, comment: "" }, policy);
    if (problem) throw problem;
    checkSameClusters(input.clusterIds, resolved);
    const applicationId = await appendApplication(tx, {
      policyId: policy.id,
      revisionId: revision.id,
      clusterIds: resolved.map((cluster) => cluster.id),
      approvedBy: ctx.person.id,
      comment: input.comment,
      at: new Date(ctx.server.clock.now()),
    });
    await recordAct(tx, ctx, {
      action: "policy.apply",
      target: target(policy),
      detail: {
        before: await approvedNow(tx, policy),
        after: { revision: revision.number, clusters: resolved.map((cluster) => cluster.name) },
        ...(input.comment === "" ? {} : { note: input.comment }),
      },
    });
    await publish(tx, { topic: "policy", id: policy.id });
    return { clusterIds: resolved.map((cluster) => cluster.id), applicationId: applicationId.toString() };
  });
}

/** Where a policy that holds nowhere would hold: nobody who may not change it there is told that it does not. */
async function placedNow(tx: OrganisationTransaction, { newest }: PolicyRecord): Promise<Required<Concerned>> {
  if (newest === null) return { clusterIds: [], matchesNone: false };
  const { clusters, matchesNone } = await placedOn(tx, newest.placementSelector);
  return { clusterIds: clusters.map(({ id }) => id), matchesNone };
}

/** Withdraws a policy from every cluster. Its revisions stay, and any of them can be applied again. */
export async function withdrawPolicy(
  ctx: Acting,
  input: { readonly policyId: string; readonly comment: string },
): Promise<{ readonly applicationId: string }> {
  return ctx.organisation.transaction(async (tx) => {
    const policy = await lockedPolicy(tx, input.policyId);
    const isApplied = policy.application?.action === "apply";
    const { clusterIds, matchesNone } = await placedNow(tx, policy);
    const concerned = { clusterIds: isApplied ? await appliedOn(tx, policy.id) : clusterIds, matchesNone };
    await authorizeKept(tx, ctx, { policy, permission: "policies.apply", ...concerned });
    if (!isApplied) throw new AppError("conflict", "This policy is not applied anywhere.");
    const applicationId = await appendApplication(tx, {
      policyId: policy.id,
      revisionId: null,
      clusterIds: [],
      approvedBy: ctx.person.id,
      comment: input.comment,
      at: new Date(ctx.server.clock.now()),
    });
    await recordAct(tx, ctx, {
      action: "policy.withdraw",
      target: target(policy),
      detail: {
        before: await approvedNow(tx, policy),
        after: { revision: null, clusters: [] },
        ...(input.comment === "" ? {} : { note: input.comment }),
      },
    });
    await publish(tx, { topic: "policy", id: policy.id });
    return { applicationId: applicationId.toString() };
  });
}
