import { randomUUID } from "node:crypto";
import { createTier, DatabaseError, listTiers, publish, wholeOf } from "@isthmus/db";
import { AppError } from "../../../server/errors";
import { recordAct, type Acting } from "../../audit/server";
import { tierProblem } from "../model/tier-rules";
import type { TierInput } from "./inputs";

/** Makes a tier. It reaches a cluster with the first policy in it that is applied there. */
export async function makeTier(ctx: Acting, input: TierInput): Promise<{ readonly tierId: string }> {
  ctx.authorize("tiers.manage", { kind: "tier", tier: input.name });
  const tierId = randomUUID();
  try {
    await ctx.organisation.transaction(async (tx) => {
      const problem = tierProblem(input, await listTiers(wholeOf(tx)));
      if (problem)
        throw new AppError(
          problem.message.includes("already") ? "conflict" : "invalid-input",
          `${problem.field}: ${problem.message}`,
        );
      await createTier(tx, { id: tierId, ...input, createdBy: ctx.person.id, at: new Date(ctx.server.clock.now()) });
      await recordAct(tx, ctx, {
        action: "tier.create",
        target: { kind: "tier", id: tierId, name: input.name },
        detail: { after: input },
      });
      await publish(tx, { topic: "policy", id: tierId });
    });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "unique-violation") {
      throw new AppError("conflict", `name: there is a tier \`${input.name}\` already`, { cause: error });
    }
    throw error;
  }
  return { tierId };
}
