import fc from "fast-check";
import type { FlowEnd, FlowRow, PolicyHit, PolicyKind, Verdict } from "../src/index";

const text = fc.oneof(
  fc.constantFrom("", "a", "boutique", "it's\\", "日本語 🙂", "a\tb\nc"),
  fc.string({ maxLength: 8 }),
);
const verdict = fc.constantFrom<Verdict>("allow", "deny", "pass", "unknown");
const kind = fc.constantFrom<PolicyKind>("GlobalNetworkPolicy", "EndOfTier", "Profile", "Unknown");
const ref = fc.record({ kind, tier: text, namespace: text, name: text });
const hit: fc.Arbitrary<PolicyHit> = fc.record({
  kind,
  tier: text,
  namespace: text,
  name: text,
  action: verdict,
  policyIndex: fc.integer({ min: -1, max: 9 }),
  ruleIndex: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  trigger: fc.option(ref),
});
const end: fc.Arbitrary<FlowEnd> = fc.record({
  clusterId: fc.option(fc.uuid()),
  namespace: text,
  workloadKind: text,
  workloadName: text,
  name: text,
  type: fc.constantFrom("workload", "host", "network-set", "network", "unknown"),
  labels: fc.array(text, { maxLength: 4 }),
  resolution: fc.constantFrom("local", "published", "unresolved"),
});
const port = fc.integer({ min: 0, max: 65_535 });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });

/** A flow with anything in it that the store takes. */
export const generatedRow: fc.Arbitrary<FlowRow> = fc.record({
  keyHash: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  source: end,
  dest: end,
  destPort: port,
  protocol: text,
  service: fc.record({ namespace: text, name: text, portName: text, port }),
  reporter: fc.constantFrom("source", "destination"),
  action: verdict,
  enforcedTrace: fc.array(hit, { maxLength: 4 }),
  pendingTrace: fc.array(hit, { maxLength: 4 }),
  packetsIn: count,
  packetsOut: count,
  bytesIn: count,
  bytesOut: count,
  connectionsStarted: count,
  connectionsCompleted: count,
  connectionsLive: count,
});
