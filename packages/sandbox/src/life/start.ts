import type { ClusterScenario } from "../scenario-types";
import { seededRandom } from "../traffic/random";
import { runCrashes } from "./crashes";
import { runEvictions, runRollouts } from "./disturbances";
import type { LifeContext } from "./happening";
import { runNodeLife } from "./nodes";

/** Starts what befalls a cluster by itself; each kind of event has a random source of its own. Returns how to stop it. */
export function startLife(
  context: Omit<LifeContext, "random">,
  { scenario, index, seed }: { readonly scenario: ClusterScenario; readonly index: number; readonly seed: number },
): () => void {
  const { crashes, evictions, rollouts, nodes } = scenario.life ?? {};
  const drawnFrom = (kind: number): LifeContext => ({ ...context, random: seededRandom(seed + index * 16 + kind) });
  const stops = [
    ...(crashes ? [runCrashes(drawnFrom(1), crashes)] : []),
    ...(evictions ? [runEvictions(drawnFrom(2), evictions)] : []),
    ...(rollouts ? [runRollouts(drawnFrom(3), rollouts)] : []),
    ...(nodes ? [runNodeLife(drawnFrom(4), { scenario, index, nodes })] : []),
  ];
  return () => stops.forEach((stop) => stop());
}
