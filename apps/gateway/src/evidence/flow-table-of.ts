import type { PublishedIdentity } from "@isthmus/db";
import type { Coded, EndColumns, FlowTable, PolicyHit, PolicyRef } from "@isthmus/flow-store";
import type { FlowColumns, FlowEndColumns, FlowPolicyHit } from "@isthmus/protocol";
import { actionName, endpointTypeName, policyKindName, reporterName } from "./flow-names";

/** Sets whose names begin so are ours, and only those are looked up. */
export const PUBLISHED_PREFIX = "isthmus-";

const typeNames = [0, 1, 2, 3, 4].map(endpointTypeName);
const [workload, host, networkSet] = [1, 2, 3];

/** The names of sets of ours that flows mention at either end. */
export function publishedNames({ strings, source, dest }: FlowColumns): readonly string[] {
  const isOurs = strings.map((name) => name.startsWith(PUBLISHED_PREFIX));
  const names = new Set<number>();
  for (const { name, type } of [source, dest]) {
    name.forEach((code, row) => {
      if (isOurs[code] && type[row] === networkSet) names.add(code);
    });
  }
  // No set is called so, and Postgres takes no zero.
  return [...names].map((code) => strings[code] ?? "").filter((name) => !name.includes("\0"));
}

/** Flows as they are stored: names instead of numbers, and the remote end's workload where a set of ours says it. */
export function flowTableOf(
  flows: FlowColumns,
  clusterId: string,
  identities: readonly PublishedIdentity[],
): FlowTable {
  const { strings, rows } = flows;
  const texts = (codes: Uint32Array): Coded<string> => ({ values: strings, codes });
  const traces = flows.traces.map((trace) => trace.map(hitOf));
  const resolve = resolver(strings, clusterId, identities);
  return {
    rows,
    keyHash: flows.keyHash,
    source: resolve(flows.source),
    dest: resolve(flows.dest),
    destPort: flows.destPort,
    protocol: texts(flows.protocol),
    serviceNamespace: texts(flows.destServiceNamespace),
    serviceName: texts(flows.destServiceName),
    servicePortName: texts(flows.destServicePortName),
    servicePort: flows.destServicePort,
    reporter: named(flows.reporter, [0, 1, 2].map(reporterName)),
    action: named(flows.action, [0, 1, 2, 3].map(actionName)),
    enforced: { values: traces, codes: flows.enforcedTrace },
    pending: { values: traces, codes: flows.pendingTrace },
    counts: flows.counts,
  };
}

/** Numbers as the names that they stand for; a number of a newer Goldmane is the first. */
function named(numbers: Uint32Array, values: readonly string[]): Coded<string> {
  return { values, codes: numbers.map((number) => (number < values.length ? number : 0)) };
}

/** Makes the function that says whose an end is. */
function resolver(strings: readonly string[], clusterId: string, identities: readonly PublishedIdentity[]) {
  const remotes = new Map(identities.map((identity, index) => [identity.name, index]));
  const values = [
    ...strings,
    "",
    ...identities.flatMap((each) => [each.namespace, each.workloadKind, each.workloadName]),
  ];
  const none = strings.length;
  const placeOf = (remote: number, part: number): number => none + 1 + 3 * remote + part;
  const remoteOf = strings.map((name) => (name.startsWith(PUBLISHED_PREFIX) ? remotes.get(name) : undefined));
  const clusters = ["", clusterId, ...identities.map(({ sourceClusterId }) => sourceClusterId)];
  return (end: FlowEndColumns): EndColumns => {
    const cluster = new Uint32Array(end.name.length);
    const resolution = new Uint32Array(end.name.length);
    const namespace = end.namespace.slice();
    const kind = end.workloadKind.slice();
    const name = end.workload.slice();
    end.type.forEach((type, row) => {
      const isLocal = type === workload || type === host;
      const remote = type === networkSet ? remoteOf[end.name[row] ?? 0] : undefined;
      cluster[row] = isLocal ? 1 : remote === undefined ? 0 : 2 + remote;
      resolution[row] = isLocal ? 0 : remote === undefined ? 2 : 1;
      if (isLocal) return;
      if (remote !== undefined) namespace[row] = placeOf(remote, 0);
      kind[row] = remote === undefined ? none : placeOf(remote, 1);
      name[row] = remote === undefined ? none : placeOf(remote, 2);
    });
    return {
      clusterId: { values: clusters, codes: cluster },
      namespace: { values, codes: namespace },
      workloadKind: { values, codes: kind },
      workload: { values, codes: name },
      name: { values: strings, codes: end.name },
      type: named(end.type, typeNames),
      labels: labelsOf(strings, end.labels),
      resolution: { values: ["local", "published", "unresolved"], codes: resolution },
    };
  };
}

/** Only texts that are labels of a row are taken apart. */
function labelsOf(strings: readonly string[], codes: Uint32Array): Coded<readonly string[]> {
  const values: (readonly string[])[] = strings.map(() => []);
  for (const code of new Set(codes)) {
    const text = strings[code] ?? "";
    values[code] = text === "" ? [] : text.split(",");
  }
  return { values, codes };
}

function policyRef({ kind, tier, namespace, name }: FlowPolicyHit): PolicyRef {
  return { kind: policyKindName(kind), tier, namespace, name };
}

function hitOf(hit: FlowPolicyHit): PolicyHit {
  return {
    ...policyRef(hit),
    action: actionName(hit.action),
    policyIndex: hit.policyIndex,
    ruleIndex: hit.ruleIndex,
    trigger: hit.trigger === undefined ? null : policyRef(hit.trigger),
  };
}
