import type { Examined } from "./examine";
import { worstFirst, type Finding, type FindingGroup, type FindingState } from "./finding";

const MARKS: Readonly<Record<FindingState, string>> = {
  ok: "ok",
  warning: "warning",
  failing: "FAILING",
  unknown: "unknown",
  "not-applicable": "-",
};

const GROUPS: Readonly<Record<FindingGroup, string>> = {
  cluster: "Cluster",
  calico: "Calico",
  goldmane: "Goldmane",
  permissions: "Permissions",
  identity: "Identity",
  clock: "Clock",
  gateway: "Gateways",
  addresses: "Addresses",
  agent: "Agent",
};

/** The report for a person: groups with the worst finding first, each finding with what to do. */
export function reportText({ findings, tookMs }: Examined): string {
  const groups = [...new Set(worstFirst(findings).map(({ group }) => group))];
  const parts = groups.map((group) => {
    const members = worstFirst(findings.filter((finding) => finding.group === group));
    return [GROUPS[group], ...members.flatMap(findingLines)].join("\n");
  });
  return `${[...parts, `${summary(findings)} (examined in ${tookMs} ms)`].join("\n\n")}\n`;
}

function findingLines({ state, title, seen, advice, remedy }: Finding): readonly string[] {
  const indent = " ".repeat(10);
  return [
    `  ${MARKS[state].padEnd(8)}${title}: ${seen}`,
    ...(advice === "" ? [] : [`${indent}→ ${advice}`]),
    ...(remedy === "" ? [] : remedy.split("\n").map((line) => `${indent}  ${line}`)),
  ];
}

function summary(findings: readonly Finding[]): string {
  const count = (state: FindingState): number => findings.filter((finding) => finding.state === state).length;
  const counted = (["failing", "unknown", "warning", "ok"] as const).map((state) => `${count(state)} ${state}`);
  return counted.join(", ");
}

/** 0: nothing to be done; 1: warnings, or something is unknown; 2: something fails. */
export function exitCode(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.some(({ state }) => state === "failing")) return 2;
  return findings.some(({ state }) => state === "warning" || state === "unknown") ? 1 : 0;
}
