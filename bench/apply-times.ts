import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient } from "../apps/standalone/src/demo/api-client";
import type { Demo } from "../e2e/support/demo";
import { eventually } from "../e2e/support/eventually";
import { kubectl } from "../e2e/support/kubectl";
import { applyRevision, policyStates, savePolicy } from "../e2e/support/policies";
import { below, median, secondsOf, type BenchRow } from "@isthmus/bench-rows";

const CLUSTERS = ["eu-west", "eu-central", "us-east"];
const TIER = "bench";
const SAMPLES = 5;
const POLL_MS = 20;
/** Felix's flush and Goldmane's two buckets, 15 s each: what a real cluster takes before anybody can know. */
const PIPELINE_SECONDS = 45;
const BUCKET_MS = 15_000;

interface Call {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/**
 * Calls that the demo's load makes all the time. Pages do without the first two; the last one stops pages half-way, so it
 * is denied last.
 */
const CALLS: readonly Call[] = [
  { from: "frontend", to: "ad", port: 9555 },
  { from: "frontend", to: "recommendation", port: 8080 },
  { from: "cart", to: "redis-cart", port: 6379 },
];

const policyText = (name: string, { tier, call }: { readonly tier: string; readonly call: Call }) => `\
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: ${name}
spec:
  tier: ${tier}
  order: 10
  selector: app == "${call.to}"
  types: [Ingress]
  ingress:
    - action: Deny
      protocol: TCP
      source:
        selector: app == "${call.from}"
      destination:
        ports: [${call.port}]
`;

/** Protects nothing, so that samples leave the traffic as it is. */
const nothing = (sample: number): Call => ({ from: "cart", to: `nothing-${sample}`, port: 6379 });

/** Makes the tier that the measured policies live in. */
export const prepareApply = (api: ApiClient): Promise<unknown> =>
  api.mutate("tiers.create", { name: TIER, order: 50, defaultAction: "Pass" });

/** From applyRevision to applied in all clusters, for policies that are new each time and select nothing. */
export async function measureApply(demo: Demo, api: ApiClient): Promise<readonly BenchRow[]> {
  const [ours, theirs] = [[] as number[], [] as number[]];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const name = `${TIER}.nothing-${sample}`;
    const saved = await savePolicy(api, policyText(name, { tier: TIER, call: nothing(sample) }));
    ours.push(await secondsOf(() => applyRevision(api, saved).then(() => untilApplied(api, name))));
    theirs.push(await kubectlSeconds(demo, sample));
  }
  const name = `apply to applied in 3 clusters, against kubectl apply to each in turn`;
  const figures = (of: (all: readonly number[]) => number) => ({ value: of(ours), baseline: of(theirs), unit: "s" });
  return [
    below(2, `${name}: median of ${SAMPLES}`, figures(median)),
    below(
      2,
      `${name}: slowest of ${SAMPLES}`,
      figures((all) => Math.max(...all)),
    ),
  ];
}

const untilApplied = (api: ApiClient, name: string) =>
  eventually(
    `${name} is applied in all clusters`,
    async () => {
      const states = Object.values(await policyStates(api, name));
      return states.length === CLUSTERS.length && states.every((state) => state === "applied") ? true : undefined;
    },
    { everyMs: POLL_MS },
  );

/** The same policy by hand, outside our tiers; taken away again so that the next sample meets the same clusters. */
async function kubectlSeconds(demo: Demo, sample: number): Promise<number> {
  const name = `default.by-hand-${sample}`;
  const stdin = policyText(name, { tier: "default", call: nothing(sample) });
  const seconds = await secondsOf(async () => {
    for (const cluster of CLUSTERS) await kubectl(demo, cluster, { args: ["apply", "-f", "-"], stdin });
  });
  for (const cluster of CLUSTERS) {
    await kubectl(demo, cluster, { args: ["delete", "globalnetworkpolicies.projectcalico.org", name] });
  }
  return seconds;
}

/**
 * From applyRevision to the first flow that the policy denied, as the API shows it. How long that is depends on where in
 * Felix's and Goldmane's intervals it begins: three policies are applied at even distances within one bucket.
 */
export async function measureDenied(api: ApiClient): Promise<BenchRow> {
  const seconds = await Promise.all(
    CALLS.map(async (call, index) => {
      await untilInBucket((index * BUCKET_MS) / CALLS.length);
      return deniedSeconds(api, call);
    }),
  );
  const name = `apply to the first denied flow, against Felix's flush and two Goldmane buckets: slowest of ${CALLS.length}`;
  return below(50, name, { value: Math.max(...seconds), baseline: PIPELINE_SECONDS, unit: "s" });
}

/** Goldmane's buckets begin at whole multiples of their length. */
const untilInBucket = (offsetMs: number) => sleep(BUCKET_MS - (Date.now() % BUCKET_MS) + offsetMs);

async function deniedSeconds(api: ApiClient, call: Call): Promise<number> {
  const name = `${TIER}.no-${call.from}-at-${call.to}`;
  const saved = await savePolicy(api, policyText(name, { tier: TIER, call }));
  if (await isDenied(api, call)) throw new Error(`${call.from} is denied ${call.to} before the policy is applied`);
  return secondsOf(async () => {
    await applyRevision(api, saved);
    await eventually(`${name} denies`, async () => (await isDenied(api, call)) || undefined, { timeoutMs: 120_000 });
  });
}

async function isDenied(api: ApiClient, { from, to, port }: Call): Promise<boolean> {
  const { flows } = await api.query<{ flows: readonly unknown[] }>("flows.page", {
    view: { scope: "", range: "15m" },
    q: `action = deny and source.workload = ${from} and dest.workload = ${to} and port = ${port}`,
    limit: 1,
  });
  return flows.length > 0;
}
