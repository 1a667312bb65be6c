import { isAnsweredBy, longestFlowRangeMs, parseFilter } from "@isthmus/flow-filter";
import type { AnswerSource } from "@isthmus/flow-store";

/** What stands in an address, as far as it says what a page answers from. */
interface Asked {
  readonly path: string;
  /** The page's filter. */
  readonly q: string;
  readonly rangeMs: number;
}

/** What a page shows comes from this; of pages that show nothing of flows it is the flows themselves. */
export function answeredFrom({ path, q, rangeMs }: Asked): readonly AnswerSource[] {
  if (path === "/") return ["flows", "edges"];
  if (isUnder(path, "/policies")) return ["flows", "hits"];
  if (!isUnder(path, "/graph")) return ["flows"];
  // The history of a line is the edge's, whatever the filter.
  return rangeMs <= longestFlowRangeMs && mayAskFlows(q) ? ["flows", "edges"] : ["edges"];
}

const isUnder = (path: string, page: string) => path === page || path.startsWith(`${page}/`);

/** Whether a filter asks for what edges do not tell; the graph finds the words of one that cannot be read in any name. */
function mayAskFlows(q: string): boolean {
  const parsed = parseFilter(q);
  return !parsed.ok || !isAnsweredBy(parsed.value, "edge");
}
