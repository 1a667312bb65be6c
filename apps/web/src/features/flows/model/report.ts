import type { FlowEnd, FlowSummary } from "@isthmus/flow-store";

/** A flow as both ends saw it in one bucket. At least one of the reports is there. */
export interface JoinedFlow {
  /** The id of the report that stands for the row: the called end's where there is one. */
  readonly id: string;
  readonly bucketStartMs: number;
  readonly bucketEndMs: number;
  readonly source: FlowEnd;
  readonly dest: FlowEnd;
  readonly protocol: string;
  readonly port: number;
  readonly service: FlowSummary["service"];
  readonly atSource: FlowSummary | undefined;
  readonly atDest: FlowSummary | undefined;
}

const endText = (end: FlowEnd) =>
  end.clusterId !== null && end.workloadName !== ""
    ? `${end.clusterId}/${end.namespace}/${end.workloadKind}/${end.workloadName}`
    : `${end.clusterId ?? ""}/${end.namespace}/${end.type}/${end.name}`;

/** What makes two reports of a bucket speak of the same traffic, whoever reported. */
export function conversationOf(flow: FlowSummary): string {
  return [flow.bucketStartMs, endText(flow.source), endText(flow.dest), flow.protocol, flow.destPort].join("|");
}

/**
 * Joins the reports of both ends. A report of the called end means that the caller let the packets go, so that it is
 * joined with a report of the caller that allowed them; one that the caller denied stays alone. Where the ends counted
 * in different parts (their traces changed within the bucket), each report of the called end keeps a row of its own.
 */
export function joinReports(flows: readonly FlowSummary[]): readonly JoinedFlow[] {
  const groups = new Map<string, { readonly sources: FlowSummary[]; readonly dests: FlowSummary[] }>();
  for (const flow of flows) {
    const key = conversationOf(flow);
    const group = groups.get(key) ?? { sources: [], dests: [] };
    (flow.reporter === "source" ? group.sources : group.dests).push(flow);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ sources, dests }) => joinGroup(sources, dests));
}

function joinGroup(sources: readonly FlowSummary[], dests: readonly FlowSummary[]): readonly JoinedFlow[] {
  const passed = sources.filter((flow) => flow.action !== "deny");
  const stopped = sources.filter((flow) => flow.action === "deny");
  const rows = dests.map((dest, index) => joined(passed[Math.min(index, passed.length - 1)], dest));
  const alone = passed.slice(dests.length === 0 ? 0 : Math.max(dests.length, 1));
  return [...rows, ...alone.map((flow) => joined(flow, undefined)), ...stopped.map((flow) => joined(flow, undefined))];
}

function joined(atSource: FlowSummary | undefined, atDest: FlowSummary | undefined): JoinedFlow {
  const row = atDest ?? atSource;
  // INVARIANT: joinGroup never calls this without a report.
  if (row === undefined) throw new TypeError("a joined flow needs a report");
  return {
    id: row.id,
    bucketStartMs: row.bucketStartMs,
    bucketEndMs: row.bucketEndMs,
    // Each end is best known where it lives.
    source: atSource?.source ?? row.source,
    dest: atDest?.dest ?? row.dest,
    protocol: row.protocol,
    port: row.destPort,
    service: (atSource ?? row).service,
    atSource,
    atDest,
  };
}

/** What is to be said of one end's verdict where that end has no report. */
export type Silence = "outside" | "not-reached" | "not-seen";

/** Why the end has no report: it lies outside, the packets never came to it, or its evidence is missing. */
export function silenceOf(flow: JoinedFlow, end: "source" | "dest"): Silence {
  const { clusterId } = end === "source" ? flow.source : flow.dest;
  if (end === "dest" && flow.atSource?.action === "deny") return "not-reached";
  return clusterId === null ? "outside" : "not-seen";
}

/** The report whose verdict settled the traffic: the one that denied, else the last one asked. */
export function settlingReport(flow: JoinedFlow): FlowSummary | undefined {
  if (flow.atSource?.action === "deny") return flow.atSource;
  return flow.atDest ?? flow.atSource;
}

/** Puts newly stored reports with those on the page: each once, newest bucket first, none from before `fromMs`. */
export function mergeReports(
  have: readonly FlowSummary[],
  fresh: readonly FlowSummary[],
  { fromMs, limit }: { readonly fromMs: number; readonly limit: number },
): readonly FlowSummary[] {
  const byId = new Map<string, FlowSummary>();
  for (const flow of [...have, ...fresh]) if (flow.bucketEndMs > fromMs) byId.set(flow.id, flow);
  return [...byId.values()].sort(newestFirst).slice(0, limit);
}

const newestFirst = (a: FlowSummary, b: FlowSummary) =>
  b.bucketStartMs - a.bucketStartMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
