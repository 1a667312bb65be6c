import fc from "fast-check";
import type { FlowPolicyHit, FlowRow } from "../flow-row";

const text = fc.constantFrom("", "a", "b", "frontend-*", "ns");
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const hit: fc.Arbitrary<FlowPolicyHit> = fc.record({
  kind: fc.nat({ max: 11 }),
  tier: text,
  namespace: text,
  name: text,
  action: fc.nat({ max: 3 }),
  policyIndex: fc.integer({ min: -1, max: 5 }),
  ruleIndex: fc.integer({ min: -1, max: 5 }),
});
const hits = fc.array(
  fc.oneof(
    hit,
    fc.tuple(hit, hit).map(([a, trigger]) => ({ ...a, trigger })),
  ),
  { maxLength: 3 },
);
const end = fc.record({
  name: text,
  namespace: text,
  type: fc.nat({ max: 4 }),
  workloadKind: text,
  workload: text,
  labels: text,
});
/** Rows of which few values are different, as a cluster's are. */
export const generatedFlow: fc.Arbitrary<FlowRow> = fc.record({
  source: end,
  dest: end,
  destPort: fc.nat({ max: 65_535 }),
  destServiceName: text,
  destServiceNamespace: text,
  destServicePortName: text,
  destServicePort: fc.nat({ max: 65_535 }),
  protocol: text,
  reporter: fc.nat({ max: 2 }),
  action: fc.nat({ max: 3 }),
  enforced: hits,
  pending: hits,
  packetsIn: count,
  packetsOut: count,
  bytesIn: count,
  bytesOut: count,
  connectionsStarted: count,
  connectionsCompleted: count,
  connectionsLive: count,
});
