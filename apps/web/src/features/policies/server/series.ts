import { findPolicy, listTiers } from "@isthmus/db";
import { resolveView } from "../../../server/view";
import type { ViewInput } from "../../../view";
import type { Reading } from "./board";
import { noPolicy } from "./change";

const bars = 24;
const leastStepSeconds = 15;

/** How often a policy decided, by step of the range; null where the evidence store does not answer. */
export async function hitSeries(ctx: Reading, input: { readonly policyId: string; readonly view: ViewInput }) {
  const policy = await ctx.organisation.transaction((tx) => findPolicy(tx, input.policyId));
  if (!policy) throw noPolicy();
  const tier = (await ctx.organisation.transaction((tx) => listTiers(tx))).find((each) => each.id === policy.tierId);
  const { range, narrowedTo } = await resolveView(ctx, input.view);
  const stepSeconds = Math.max(
    leastStepSeconds,
    Math.ceil((range.toMs - range.fromMs) / 1_000 / bars / leastStepSeconds) * leastStepSeconds,
  );
  const decidingPolicy = { tier: tier?.name ?? "", namespace: policy.namespace, name: policy.name };
  try {
    const steps = await ctx.flows.flowHistogram({
      range,
      stepSeconds,
      filter: { decidingPolicy, ...(narrowedTo === undefined ? {} : { clusterIds: narrowedTo }) },
    });
    return {
      stepSeconds,
      steps: steps.map(({ startMs, allow, deny, pass }) => ({ startMs, allowed: allow + pass, denied: deny })),
    };
  } catch (error) {
    ctx.log.warn({ err: error }, "the history of a policy could not be read");
    return null;
  }
}
