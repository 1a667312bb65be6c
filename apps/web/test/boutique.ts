import { createHash } from "node:crypto";
import type { FlowEnd, FlowRow, PolicyHit, Verdict } from "@isthmus/flow-store";

/** A workload of the demo shop: where it runs and what it is called. */
export interface Workload {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

const at = (cluster: string, namespace: string, name: string): Workload => ({ cluster, namespace, name });

export const workloads = {
  frontend: at("eu-west", "boutique", "frontend"),
  checkout: at("eu-west", "boutique", "checkout"),
  recommendation: at("eu-west", "boutique", "recommendation"),
  cart: at("eu-west", "boutique", "cart"),
  currency: at("eu-west", "boutique", "currency"),
  productcatalog: at("eu-west", "boutique", "productcatalog"),
  shipping: at("eu-west", "boutique", "shipping"),
  email: at("eu-west", "boutique", "email"),
  ad: at("eu-central", "ads", "ad"),
  payment: at("eu-central", "payments", "payment"),
  redis: at("us-east", "boutique", "redis-cart"),
  prometheus: at("us-east", "monitoring", "prometheus"),
} as const;

/** One call of the shop: who calls whom on which port, how often in a bucket, and what policies make of it. */
export interface Call {
  readonly from: Workload;
  readonly to: Workload | "internet";
  readonly port: number;
  readonly perBucket: number;
  readonly denied?: "source" | "destination";
  readonly stagedDeny?: boolean;
}

const w = workloads;
export const calls: readonly Call[] = [
  { from: w.frontend, to: w.checkout, port: 5050, perBucket: 12 },
  { from: w.frontend, to: w.cart, port: 7070, perBucket: 60 },
  { from: w.frontend, to: w.currency, port: 7000, perBucket: 140 },
  { from: w.frontend, to: w.productcatalog, port: 3550, perBucket: 180 },
  { from: w.frontend, to: w.recommendation, port: 8080, perBucket: 40 },
  { from: w.frontend, to: w.shipping, port: 50051, perBucket: 16 },
  { from: w.frontend, to: w.ad, port: 9555, perBucket: 24 },
  { from: w.recommendation, to: w.productcatalog, port: 3550, perBucket: 40 },
  { from: w.checkout, to: w.payment, port: 50051, perBucket: 6 },
  { from: w.checkout, to: w.email, port: 5000, perBucket: 6 },
  { from: w.checkout, to: w.cart, port: 7070, perBucket: 6 },
  { from: w.checkout, to: w.shipping, port: 50051, perBucket: 6 },
  { from: w.cart, to: w.redis, port: 6379, perBucket: 9, denied: "destination" },
  { from: w.payment, to: "internet", port: 443, perBucket: 6 },
  { from: w.shipping, to: "internet", port: 443, perBucket: 2, stagedDeny: true },
  { from: w.ad, to: "internet", port: 9001, perBucket: 1, denied: "source" },
  { from: w.prometheus, to: w.redis, port: 9121, perBucket: 2 },
];

const setName = (workload: Workload) =>
  `isthmus-${createHash("sha256").update(`${workload.cluster}/${workload.namespace}/${workload.name}`).digest("hex").slice(0, 10)}-0`;

export type ClusterIds = Readonly<Record<string, string>>;

/** A workload as a reporter of `seenFrom` names it: by its pods at home, by its published set from elsewhere. */
function endOf(workload: Workload, seenFrom: string, ids: ClusterIds): FlowEnd {
  const local = workload.cluster === seenFrom;
  return {
    clusterId: ids[workload.cluster] ?? null,
    namespace: workload.namespace,
    workloadKind: workload.name === "redis-cart" ? "StatefulSet" : "Deployment",
    workloadName: workload.name,
    name: local
      ? `${workload.name}-${createHash("sha256").update(workload.name).digest("hex").slice(0, 8)}-*`
      : setName(workload),
    type: local ? "workload" : "network-set",
    labels: local
      ? [`app=${workload.name}`]
      : [`isthmus.io/identity=${setName(workload).slice(8, 18)}`, "isthmus.io/managed=true"],
    resolution: local ? "local" : "published",
  };
}

const internet: FlowEnd = {
  clusterId: null,
  namespace: "",
  workloadKind: "",
  workloadName: "",
  name: "pub",
  type: "network",
  labels: [],
  resolution: "unresolved",
};

const hit = (tier: string, name: string, action: Verdict, more: Partial<PolicyHit> = {}): PolicyHit => ({
  kind: "GlobalNetworkPolicy",
  tier,
  namespace: "",
  name: `${tier}.${name}`,
  action,
  policyIndex: 0,
  ruleIndex: 0,
  trigger: null,
  ...more,
});

const allowTrace = (call: Call): readonly PolicyHit[] => [
  hit("security", "quarantine", "pass", { ruleIndex: 2 }),
  hit("platform", "egress", "pass", { ruleIndex: 0 }),
  hit("boutique", call.from.name, "allow", {
    kind: "CalicoNetworkPolicy",
    namespace: call.from.namespace,
    policyIndex: 2,
    ruleIndex: 1,
  }),
];

const denyTrace: Record<"source" | "destination", readonly PolicyHit[]> = {
  source: [hit("security", "threat-feeds", "deny", { ruleIndex: 0 })],
  destination: [
    hit("security", "quarantine", "pass"),
    hit("platform", "dns", "pass"),
    hit("pci", "db", "deny", { ruleIndex: 2, policyIndex: 2 }),
  ],
};

function row(
  call: Call,
  reporter: "source" | "destination",
  { ids, count }: { readonly ids: ClusterIds; readonly count: number },
): FlowRow {
  const to = call.to === "internet" ? undefined : call.to;
  const seenFrom = reporter === "source" ? call.from.cluster : (to?.cluster ?? "");
  const action: Verdict = call.denied === reporter ? "deny" : "allow";
  const key = createHash("sha256")
    .update(`${call.from.name}>${to?.name ?? "pub"}:${call.port}/${reporter}/${action}`)
    .digest();
  const enforced = action === "deny" ? denyTrace[reporter] : allowTrace(call);
  const staged = hit("boutique", "egress", "deny", { kind: "StagedGlobalNetworkPolicy", ruleIndex: 0 });
  const refused = call.denied !== undefined;
  return {
    keyHash: key.readBigUInt64BE(0),
    source: endOf(call.from, seenFrom, ids),
    dest: to === undefined ? internet : endOf(to, seenFrom, ids),
    destPort: call.port,
    protocol: "tcp",
    service:
      to === undefined
        ? { namespace: "", name: "", portName: "", port: 0 }
        : { namespace: to.namespace, name: to.name, portName: "grpc", port: call.port },
    reporter,
    action,
    enforcedTrace: enforced,
    pendingTrace: call.stagedDeny === true ? [...enforced.slice(0, -1), staged] : enforced,
    packetsIn: refused ? 0 : count * 9,
    packetsOut: refused ? count * 3 : count * 11,
    bytesIn: refused ? 0 : count * 5_200,
    bytesOut: refused ? count * 180 : count * 1_400,
    connectionsStarted: refused ? 0 : count,
    connectionsCompleted: refused ? 0 : count,
    connectionsLive: refused ? 0 : Math.ceil(count / 6),
  };
}

/** What one cluster's Goldmane reports of a bucket; load follows a slow wave, the refused call begins at `deniedFromS`. */
export function bucketRows(
  cluster: string,
  bucketStartS: number,
  options: { readonly ids: ClusterIds; readonly deniedFromS: number },
): readonly FlowRow[] {
  const wave = 0.75 + 0.25 * Math.sin(bucketStartS / 700) + 0.08 * Math.sin(bucketStartS / 41);
  const rows: FlowRow[] = [];
  for (const call of calls) {
    if (call.denied === "destination" && bucketStartS < options.deniedFromS) continue;
    const count = Math.max(1, Math.round(call.perBucket * wave));
    const each = { ids: options.ids, count };
    if (call.from.cluster === cluster) rows.push(row(call, "source", each));
    if (call.to !== "internet" && call.to.cluster === cluster && call.denied !== "source")
      rows.push(row(call, "destination", each));
  }
  return rows.sort((a, b) => (a.keyHash < b.keyHash ? -1 : a.keyHash > b.keyHash ? 1 : 0));
}
