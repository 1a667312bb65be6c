import type { FlowFilter } from "@isthmus/flow-store";
import {
  longestFlowRangeMs,
  parseFilter,
  termsOf,
  type FieldName,
  type FilterDiagnostic,
  type ParseOptions,
} from "@isthmus/flow-filter";
import { AppError } from "../../../server/errors";
import type { ResolvedView } from "../../../server/view";

type View = Pick<ResolvedView, "narrowedTo" | "allClusters">;

/** The store's filter for a page's filter and scope. A name of no cluster matches nothing. */
export function storeFilter(text: string, view: View): FlowFilter {
  const where = readFilter(text);
  return {
    where,
    clusterNames: new Map(view.allClusters.map(({ id, name }) => [id, name])),
    ...(view.narrowedTo === undefined ? {} : { clusterIds: view.narrowedTo }),
  };
}

/** The same for edges of the graph over a range: what only flows can answer is refused where the range is too long. */
export function edgeFilter(text: string, view: View & Pick<ResolvedView, "range">): FlowFilter {
  const isLong = view.range.toMs - view.range.fromMs > longestFlowRangeMs;
  readFilter(text, { answeredBy: isLong ? "edge" : "flow" });
  return storeFilter(text, view);
}

function readFilter(text: string, options?: ParseOptions) {
  const parsed = parseFilter(text, options);
  if (!parsed.ok)
    throw new AppError("invalid-input", `The filter cannot be used: ${parsed.error.map(told).join("; ")}.`);
  return parsed.value;
}

const told = ({ span, message, hint }: FilterDiagnostic) =>
  `at character ${span.from + 1}, ${message}${hint === undefined ? "" : ` (${hint})`}`;

/** What both ends' reports of the same traffic say alike. */
const saidByBoth: ReadonlySet<FieldName> = new Set([
  "cluster",
  "source.cluster",
  "dest.cluster",
  "namespace",
  "source.namespace",
  "dest.namespace",
  "workload",
  "source.workload",
  "dest.workload",
  "service",
  "port",
  "protocol",
]);

/** Whether a filter can hold for one end's report and not for the other's of the same traffic. */
export const isOneEnded = ({ where }: FlowFilter): boolean =>
  where !== undefined && termsOf(where).some(({ field }) => !saidByBoth.has(field.name));
