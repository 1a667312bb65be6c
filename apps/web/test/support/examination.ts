import type { ExaminationFinding } from "@isthmus/db";

const finding = (
  id: string,
  state: ExaminationFinding["state"],
  [title, seen, advice = "", remedy = ""]: readonly [string, string, string?, string?],
): ExaminationFinding => ({ id, group: id.split(".")[0] ?? "", title, state, seen, advice, remedy });

/** An examination with a finding of every state, as an agent sends them. */
export const findings: readonly ExaminationFinding[] = [
  finding("cluster.version", "ok", ["Kubernetes version", "Kubernetes v1.34.2"]),
  finding("calico.version", "ok", ["Calico version", "Calico v3.31.2; policies are created first and then updated"]),
  finding("calico.flow-settings", "warning", [
    "How often flows are reported",
    "Felix reports flows every 1m, later than Goldmane closes its buckets of 15 s",
    "set flowLogsFlushInterval to 15s: what comes late is left out of the stream",
    `kubectl patch felixconfigurations.projectcalico.org default --type merge -p '{"spec":{"flowLogsFlushInterval":"15s"}}'`,
  ]),
  finding("permissions.inventory", "failing", [
    "Reading the cluster",
    "may not list jobs.batch; watch jobs.batch",
    "apply the agent's manifest again, or add these rules: what may not be read is missing from every page",
    '- apiGroups: ["batch"]\n  resources: [jobs]\n  verbs: [list, watch]',
  ]),
  finding("addresses.services", "unknown", ["Service ranges", "the cluster does not tell its service ranges"]),
  finding("agent.memory", "not-applicable", ["Memory", "96 MiB in use; no limit is set for the container"]),
];
