import type { ClusterRecord } from "@isthmus/db";
import type { FlowFilter, Reporter, Verdict } from "@isthmus/flow-store";
import { AppError } from "../../../server/errors";
import type { ResolvedView } from "../../../server/view";
import { parseFilter, valuesOf } from "../model/filter";

type View = Pick<ResolvedView, "narrowedTo" | "allClusters">;

const isVerdict = (text: string): text is Verdict => ["allow", "deny", "pass", "unknown"].includes(text);
const isReporter = (text: string): text is Reporter => text === "source" || text === "destination";

/** The store's filter for a page's filter and scope. Cluster names become ids; a name that fits none matches nothing. */
export function storeFilter(text: string, view: View): FlowFilter {
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new AppError("invalid-input", `The filter does not parse: ${parsed.error[0]?.message ?? ""}.`);
  const filter = parsed.value;
  const ids = (field: "cluster" | "source.cluster" | "dest.cluster") =>
    clusterIds(valuesOf(filter, field), view.allClusters);
  const [decided] = valuesOf(filter, "decided");
  const either = intersect(ids("cluster"), view.narrowedTo);
  const wanted: { [K in keyof FlowFilter]: FlowFilter[K] | undefined } = {
    actions: some(valuesOf(filter, "action").filter(isVerdict)),
    pendingActions: some(valuesOf(filter, "staged").filter(isVerdict)),
    clusterIds: either,
    sourceClusterIds: ids("source.cluster"),
    destClusterIds: ids("dest.cluster"),
    namespaces: some(valuesOf(filter, "namespace")),
    sourceNamespaces: some(valuesOf(filter, "source.namespace")),
    destNamespaces: some(valuesOf(filter, "dest.namespace")),
    workloads: some(valuesOf(filter, "workload")),
    sourceWorkloads: some(valuesOf(filter, "source.workload")),
    destWorkloads: some(valuesOf(filter, "dest.workload")),
    services: some(valuesOf(filter, "service")),
    ports: some(valuesOf(filter, "port").map(Number)),
    protocols: some(valuesOf(filter, "protocol")),
    reporters: some(valuesOf(filter, "reporter").filter(isReporter)),
    policies: some(valuesOf(filter, "policy")),
    decidingPolicy: decided === undefined ? undefined : decidingPolicy(decided),
    text: valuesOf(filter, "text")[0],
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}

const some = <T>(values: readonly T[]): readonly T[] | undefined => (values.length === 0 ? undefined : values);

// No cluster has this id (the store keeps "outside" as zeros): a list with it alone matches nothing, where an empty list would not narrow.
const nowhere = "ffffffff-ffff-ffff-ffff-ffffffffffff";

function clusterIds(names: readonly string[], clusters: readonly ClusterRecord[]): readonly string[] | undefined {
  if (names.length === 0) return undefined;
  const found = clusters.filter((cluster) => names.includes(cluster.name)).map((cluster) => cluster.id);
  return found.length === 0 ? [nowhere] : found;
}

function intersect(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (a === undefined || b === undefined) {
    const one = a ?? b;
    return one !== undefined && one.length === 0 ? [nowhere] : one;
  }
  const both = a.filter((each) => b.includes(each));
  return both.length === 0 ? [nowhere] : both;
}

/** "tier.name" or "namespace/name" or a name alone. */
function decidingPolicy(text: string): NonNullable<FlowFilter["decidingPolicy"]> {
  const slash = text.indexOf("/");
  return slash === -1 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** Whether a filter can hold for one end's report and not for the other's of the same traffic. */
export const isOneEnded = (filter: FlowFilter): boolean =>
  filter.actions !== undefined ||
  filter.pendingActions !== undefined ||
  filter.reporters !== undefined ||
  filter.policies !== undefined ||
  filter.decidingPolicy !== undefined ||
  filter.text !== undefined;
