import { randomUUID } from "node:crypto";
import {
  appendRevision,
  findPolicy,
  findPolicyByName,
  listTiers,
  lockPolicy,
  publish,
  setPolicyTier,
  wholeOf,
  type OrganisationTransaction,
  type PolicyRecord,
  type TierRecord,
} from "@isthmus/db";
import { contentHash, type JsonValue } from "@isthmus/policy-engine";
import { parseDocument } from "yaml";
import { AppError } from "../../../server/errors";
import { recordAct, type Acting } from "../../audit/server";
import { checkPolicy } from "../model/check-policy";
import { noPolicy } from "./change";
import type { MoveInput } from "./inputs";
import { appliedOn, authorizePolicy, placedOn } from "./placing";

/** The text as it reads in another tier: the tier and the name that begins with it, and nothing else. */
function textIn(yaml: string, tier: string, name: string): string {
  const document = parseDocument(yaml);
  document.setIn(["metadata", "name"], name);
  document.setIn(["spec", "tier"], tier);
  return document.toString({ lineWidth: 0 });
}

interface Move {
  readonly policy: PolicyRecord;
  readonly from: TierRecord;
  readonly to: TierRecord;
  readonly newest: NonNullable<PolicyRecord["newest"]>;
}

async function readMove(tx: OrganisationTransaction, input: MoveInput): Promise<Move> {
  await lockPolicy(tx, input.policyId);
  const policy = await findPolicy(tx, input.policyId);
  const tiers = await listTiers(tx);
  const from = tiers.find((tier) => tier.id === policy?.tierId);
  if (policy === undefined || from === undefined || policy.newest === null) throw noPolicy();
  const to = tiers.find((tier) => tier.name === input.tier);
  if (to === undefined) throw new AppError("not-found", `There is no tier \`${input.tier}\` that you can see.`);
  return { policy, from, to, newest: policy.newest };
}

/** What keeps a policy where it is, told to who may move it. */
function refuseMove({ policy, from, to }: Move): void {
  if (to.id === from.id) throw new AppError("invalid-input", `The policy is in the tier \`${to.name}\` already.`);
  if (policy.application?.action === "apply") {
    throw new AppError(
      "barred",
      "An applied policy is not moved: its clusters would be without it for a moment. Withdraw it first, or save it anew in the other tier.",
    );
  }
}

/** Moves a policy that is applied nowhere into another tier, as a new revision of the same policy. */
export async function movePolicy(ctx: Acting, input: MoveInput): Promise<{ readonly number: number }> {
  return ctx.organisation.transaction(async (tx) => {
    const move = await readMove(tx, input);
    const { policy, from, to, newest } = move;
    const { namespace } = policy;
    const clusterIds = (await placedOn(tx, newest.placementSelector)).clusters.map(({ id }) => id);
    const held = await appliedOn(tx, policy.id);
    // Taken out of the one tier and put into the other: both are changed.
    for (const tier of [from.name, to.name]) {
      authorizePolicy(ctx, "policies.write", { tier, namespace, clusterIds: [...clusterIds, ...held] });
    }
    refuseMove(move);
    const name = `${to.name}.${policy.name.slice(from.name.length + 1)}`;
    if (await findPolicyByName(wholeOf(tx), { ...policy, name })) {
      throw new AppError("conflict", `The tier \`${to.name}\` has a policy \`${name}\` already.`);
    }
    const yaml = textIn(newest.manifestYaml, to.name, name);
    const { policy: checked } = checkPolicy(yaml, { tiers: [to.name] });
    if (checked === undefined) {
      throw new AppError(
        "barred",
        "The newest revision is not valid as it stands. Save one that is, then move the policy.",
      );
    }
    await setPolicyTier(tx, { id: policy.id, tierId: to.id, name });
    const number = await appendRevision(tx, {
      id: randomUUID(),
      policyId: policy.id,
      manifestYaml: yaml,
      manifest: checked.manifest,
      digest: contentHash(checked.manifest as JsonValue),
      placementSelector: newest.placementSelector,
      clusterIds,
      comment: `moved from the tier ${from.name}`,
      createdBy: ctx.person.id,
      at: new Date(ctx.server.clock.now()),
    });
    await recordAct(tx, ctx, {
      action: "policy.move",
      target: { kind: "policy", id: policy.id, name },
      detail: { before: { tier: from.name, name: policy.name }, after: { tier: to.name, name, revision: number } },
    });
    await publish(tx, { topic: "policy", id: policy.id });
    return { number };
  });
}
