import type { MeshProblem, WorkloadIdentity } from "./types";

/** Makes a problem that leaves something out. */
export const failure = (problem: Omit<MeshProblem, "severity">): MeshProblem => ({ ...problem, severity: "error" });

/** Makes a problem that leaves nothing out that was asked for, but that a person should know. */
export const notice = (problem: Omit<MeshProblem, "severity">): MeshProblem => ({ ...problem, severity: "warning" });

/** An identity as people read it. */
export const identityName = (identity: WorkloadIdentity): string =>
  `${identity.namespace}/${identity.workloadName} (${identity.workloadKind})`;

/** At most `most` names, then how many more there are. */
export function listNames(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
