import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { FlowEnd, FlowRow, GraphEdge, Places, PolicyHit, PolicyRef } from "../src/index";
import { flow, hit, t0, workload } from "./fixtures";
import * as model from "./scope-model";
import type { StoredFlow } from "./scope-model";

/** The range in which flows are stored. */
export const range = { fromMs: t0 * 1_000, toMs: (t0 + 120) * 1_000 };
/** The clusters of random flows. */
export const clusters = [randomUUID(), randomUUID(), randomUUID()] as const;
/** Their namespaces. */
export const namespaces = ["shop", "pay", "secret"] as const;
const cluster = fc.constantFrom(...clusters);
const namespace = fc.constantFrom(...namespaces);
const named = fc.constantFrom("api", "db");

const anonymous = { workloadKind: "", workloadName: "", labels: [], resolution: "unresolved" } as const;
const host = { namespace: "", workloadKind: "", workloadName: "", name: "node-1", type: "host" } as const;
const workloadEnd = (at: string) =>
  fc.tuple(namespace, named).map(([where, name]) => workload(at, name, { namespace: where, labels: [`of=${where}`] }));
const ownEnd = (at: string) =>
  fc.oneof({ weight: 4, arbitrary: workloadEnd(at) }, fc.constant(workload(at, "", { ...host, labels: [] })));
const anyEnd: fc.Arbitrary<FlowEnd> = fc.oneof(
  { weight: 6, arbitrary: cluster.chain(ownEnd) },
  fc.constant(workload(null, "", { ...anonymous, namespace: "", name: "pub", type: "network" })),
  namespace.map((where) =>
    workload(null, "", { ...anonymous, namespace: where, name: `set-of-${where}`, type: "network-set" }),
  ),
);

const policy: fc.Arbitrary<PolicyRef> = fc.oneof(
  fc.constant({ kind: "GlobalNetworkPolicy", tier: "t", namespace: "", name: "t.all" } as const),
  namespace.map((where) => ({ kind: "CalicoNetworkPolicy", tier: "t", namespace: where, name: `t.${where}` }) as const),
  namespace.map((where) => ({ kind: "Profile", tier: "", namespace: "", name: `kns.${where}` }) as const),
  namespace.map((where) => ({ kind: "Profile", tier: "", namespace: "", name: `ksa.${where}.default` }) as const),
);
const action = fc.constantFrom("allow", "deny", "pass");
const hitOf: fc.Arbitrary<PolicyHit> = fc.oneof(
  fc.tuple(policy, action).map(([ref, does]) => hit("", does, ref)),
  policy.map((trigger) => hit("", "deny", { kind: "EndOfTier", tier: "t", ruleIndex: -1, trigger })),
);
const trace = fc.array(hitOf, { maxLength: 2 });

/** A random flow as a cluster reported it. */
export const storedFlow: fc.Arbitrary<StoredFlow> = fc
  .record({
    clusterId: cluster,
    bucketStart: fc.constantFrom(t0, t0 + 75),
    reporter: fc.constantFrom("source", "destination"),
    other: anyEnd,
    service: fc.option(namespace, { nil: "" }),
    port: fc.constantFrom(80, 443),
    action,
    enforcedTrace: trace,
    pendingTrace: trace,
  })
  // A reporter is a workload or a host of its cluster; now and then it is whatever a hostile agent says.
  .chain((made) =>
    fc.oneof({ weight: 8, arbitrary: ownEnd(made.clusterId) }, anyEnd).map((reporting) => ({ ...made, reporting })),
  )
  .map(({ clusterId, bucketStart, other, reporting, service, port, ...rest }) => {
    const [source, dest] = rest.reporter === "source" ? [reporting, other] : [other, reporting];
    const name = service === "" ? "" : `svc-${service}`;
    const portName = service === "" ? "" : "http";
    const row: FlowRow = flow(source, dest, {
      destPort: port,
      service: { namespace: service, name, portName, port: service === "" ? 0 : port },
      reporter: rest.reporter,
      action: rest.action,
      enforcedTrace: rest.enforcedTrace,
      pendingTrace: rest.pendingTrace,
    });
    return { clusterId, bucketStart, row };
  });

const someNamespaces = fc.oneof(
  fc.constant("all" as const),
  fc.subarray(["", ...namespaces], { minLength: 0 }).map((each) => new Set(each)),
);
// Now and then the same of all clusters, which is asked in another way than single places.
const setOfEach = fc.oneof(
  fc.array(someNamespaces, { minLength: 3, maxLength: 3 }),
  someNamespaces.map((each) => [each, each, each]),
);
/** Random places of a scope. */
export const somePlaces: fc.Arbitrary<Places> = fc
  .tuple(fc.subarray([...clusters]), setOfEach)
  .map(([ids, sets]) => new Map(ids.map((id, index) => [id, sets[index] ?? new Set<string>()])));

/** A value without some of its properties. */
export const without = (value: object, names: readonly string[]) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
/** Values as texts, in an order that does not depend on how they came. */
export const sorted = (values: readonly unknown[]) => values.map((each) => JSON.stringify(sortedKeys(each))).toSorted();
function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sortedKeys(each)]),
  );
}

/** Edges as the model has them. */
export const toldEdges = (edges: readonly GraphEdge[]) =>
  edges.map((edge) => ({
    key: JSON.stringify({ source: edge.source, dest: edge.dest, protocol: edge.protocol, port: edge.port }),
    ...without(edge, ["source", "dest", "protocol", "port", "lastSeenMs"]),
    policies: edge.policies
      .map((each) => ({ value: model.policyText(each, each.reporter), flows: each.flows }))
      .toSorted((a, b) => b.flows - a.flows || (a.value < b.value ? -1 : 1)),
  }));
