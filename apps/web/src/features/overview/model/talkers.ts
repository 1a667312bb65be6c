import type { EdgeGroup, EdgeMeasure, EndGrouping, GroupEnd } from "@isthmus/flow-store";

/** What talkers can be ranked by, as people read it. */
export const measures: readonly { readonly value: EdgeMeasure; readonly label: string }[] = [
  { value: "bytes", label: "Bytes" },
  { value: "packets", label: "Packets" },
  { value: "connections", label: "Connections" },
  { value: "flows", label: "Flow records" },
  { value: "denied", label: "Denied attempts" },
];

/** Which end is counted. */
export const sides = [
  { value: "dest", label: "Called" },
  { value: "source", label: "Calling" },
] as const;

/** How far ends are told apart. */
export const groupings: readonly { readonly value: EndGrouping; readonly label: string }[] = [
  { value: "workload", label: "Workloads" },
  { value: "namespace", label: "Namespaces" },
  { value: "cluster", label: "Clusters" },
];

/** What the panel shows; it lies in the URL. */
export interface TalkersChoice {
  readonly side: "source" | "dest";
  readonly by: EndGrouping;
  readonly measure: EdgeMeasure;
}

const first: TalkersChoice = { side: "dest", by: "workload", measure: "bytes" };

/** Reads "dest.workload.bytes"; what is none of it is the first choice. */
export function readTalkers(text: string | null): TalkersChoice {
  const [side, by, measure] = (text ?? "").split(".");
  return {
    side: sides.find(({ value }) => value === side)?.value ?? first.side,
    by: groupings.find(({ value }) => value === by)?.value ?? first.by,
    measure: measures.find(({ value }) => value === measure)?.value ?? first.measure,
  };
}

/** The reverse; undefined for the first choice, which the URL need not say. */
export function printTalkers({ side, by, measure }: TalkersChoice): string | undefined {
  const text = `${side}.${by}.${measure}`;
  return text === `${first.side}.${first.by}.${first.measure}` ? undefined : text;
}

/** One line of the panel. */
export interface Talker {
  readonly key: string;
  readonly end: GroupEnd;
  /** As the end that counted more says it: both report the same traffic. */
  readonly value: number;
}

/** Lines of groups of one side. */
export function talkersOf(groups: readonly EdgeGroup[], { side, measure }: TalkersChoice): readonly Talker[] {
  return groups
    .flatMap((group) => {
      const end = group[side];
      const value = Math.max(group.bySource[measure], group.byDestination[measure]);
      return end === null ? [] : [{ key: JSON.stringify(end), end, value }];
    })
    .toSorted((a, b) => b.value - a.value);
}

/** A filter of flows for a talker's; undefined where no filter can say it. */
export function filterFor({ end }: Talker, { side, by }: TalkersChoice): string | undefined {
  if (end.kind === "outside-scope") return undefined;
  const quoted = (text: string) => (/^[\w.*-]+$/.test(text) ? text : JSON.stringify(text));
  if (by === "workload") return end.name === "" ? undefined : `${side}.workload = ${quoted(end.name)}`;
  if (by === "namespace") return end.namespace === "" ? undefined : `${side}.namespace = ${quoted(end.namespace)}`;
  return undefined;
}
