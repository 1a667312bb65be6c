import type { ExaminationFinding } from "@isthmus/db";

/** One thing that was looked at, what was seen, and what to do; by an agent, or by the management plane. */
export type Finding = ExaminationFinding;
/** How a finding stands; unknown is neither good nor bad, and says why it is not known. */
export type FindingState = Finding["state"];

/** Findings of one subject. */
export interface FindingGroup {
  readonly group: string;
  readonly title: string;
  readonly findings: readonly Finding[];
}

const worstFirst: readonly FindingState[] = ["failing", "unknown", "warning", "ok", "not-applicable"];
const rank = ({ state }: Finding): number => worstFirst.indexOf(state);

const titles: Readonly<Record<string, string>> = {
  cluster: "Cluster",
  calico: "Calico",
  goldmane: "Goldmane",
  permissions: "Permissions",
  identity: "Identity",
  clock: "Clocks",
  gateway: "Gateways",
  addresses: "Addresses",
  agent: "Agent",
  mesh: "In the mesh",
};

/** Groups with the worst finding first, and in each the worst first. A group of a later agent is shown by its own name. */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings.toSorted((a, b) => rank(a) - rank(b))) {
    groups.set(finding.group, [...(groups.get(finding.group) ?? []), finding]);
  }
  return [...groups].map(([group, members]) => ({ group, title: titles[group] ?? group, findings: members }));
}

/** How many findings want a person: those that fail or warn. */
export const wanting = (findings: readonly Finding[]): number =>
  findings.filter(({ state }) => state === "failing" || state === "warning").length;

const words: Readonly<Record<FindingState, string>> = {
  failing: "failing",
  unknown: "unknown",
  warning: "warning",
  ok: "ok",
  "not-applicable": "not applicable",
};

/** The word of a state. */
export const stateWord = (state: FindingState): string => words[state];

/** "2 failing, 1 unknown, 18 ok". */
export function summaryOf(findings: readonly Finding[]): string {
  const parts = worstFirst.slice(0, 4).flatMap((state) => {
    const count = findings.filter((finding) => finding.state === state).length;
    return count === 0 ? [] : [`${count} ${words[state]}`];
  });
  return parts.length === 0 ? "nothing was looked at" : parts.join(", ");
}
