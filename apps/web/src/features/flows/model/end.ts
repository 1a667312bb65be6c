import type { FlowEnd } from "@isthmus/flow-store";

/** An end as a row says it: where it is, quietly, and what it is. */
export interface EndText {
  readonly place: string;
  readonly name: string;
  /** All that is known of it, for the tooltip. */
  readonly full: string;
}

const networks: Readonly<Record<string, string>> = { pub: "public network", pvt: "private network" };

/** The words for an end. Only what the evidence carries: Goldmane names workloads, not pods, and no addresses. */
export function endText(end: FlowEnd): EndText {
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
    full: `${kind} ${end.namespace === "" ? "" : `${end.namespace}/`}${name}${how}`,
  };
}

const kindWords: Record<FlowEnd["type"], string> = {
  workload: "workload",
  host: "host",
  "network-set": "network set",
  network: "network",
  unknown: "end",
};
