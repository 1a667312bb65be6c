import type { FlowEnd } from "@isthmus/flow-store";

/** An end as a row says it: where it is, quietly, and what it is. */
export interface EndText {
  readonly place: string;
  readonly name: string;
  /** All that is known of it, for the tooltip. */
  readonly full: string;
}

/** The kind of an end that the person may not see: that it spoke is shown, what it is is not. */
export const hiddenKind = "outside-scope";

/** Whether an end of a flow lies outside what the person may see. */
export const isHiddenEnd = (end: Pick<FlowEnd, "workloadKind">): boolean => end.workloadKind === hiddenKind;

/** What a hidden end is called, and why there is no more. */
export const hiddenEnd = {
  name: "outside your scope",
  why: "Your roles do not reach this end. That it spoke with what you see is shown; where and what it is is not.",
} as const;

const networks: Readonly<Record<string, string>> = { pub: "public network", pvt: "private network" };

/** The words for an end. Only what the evidence carries: Goldmane names workloads, not pods, and no addresses. */
export function endText(end: FlowEnd): EndText {
  if (isHiddenEnd(end)) return { place: "", name: hiddenEnd.name, full: hiddenEnd.why };
  if (end.type === "network") {
    const name = networks[end.name] ?? end.name;
    return { place: "", name, full: `${name}; which address it was is not in the evidence` };
  }
  const name = end.workloadName === "" ? end.name : end.workloadName;
  const kind = end.workloadKind === "" ? kindWords[end.type] : end.workloadKind;
  const how =
    end.resolution === "published"
      ? `, seen as ${end.name}`
      : end.name === "" || end.name === name
        ? ""
        : `, pods ${end.name}`;
  return {
    place: end.namespace,
    name: name === "" ? "not named" : name,
    full: `${kind} ${end.namespace === "" ? "" : `${end.namespace}/`}${name}${how}${whyUnresolved(end)}`,
  };
}

/** Why it is not known whose workload an end is. */
function whyUnresolved({ resolution, type, name }: FlowEnd): string {
  if (resolution !== "unresolved" || type === "workload" || type === "host") return "";
  if (type !== "network-set") return "; what it is, the cluster did not say";
  return name.startsWith("isthmus-")
    ? "; published by Isthmus, and no longer on record for whom"
    : "; a set of the cluster's own, whose workloads it holds is not known here";
}

const kindWords: Record<FlowEnd["type"], string> = {
  workload: "workload",
  host: "host",
  "network-set": "network set",
  network: "network",
  unknown: "end",
};
