import type { FlowEnd } from "../domain";

/** Stands for "no cluster" where ClickHouse wants a UUID. */
export const noCluster = "00000000-0000-0000-0000-000000000000";

/** The columns of an end, in the order of endValues. */
export const endColumns = (side: "source" | "dest") =>
  ["cluster_id", "namespace", "workload_kind", "workload", "name", "type", "labels", "resolution"].map(
    (column) => `${side}_${column}`,
  );

/** One end, as every table has it. */
export function endValues(end: FlowEnd): readonly unknown[] {
  return [
    end.clusterId ?? noCluster,
    end.namespace,
    end.workloadKind,
    end.workloadName,
    end.name,
    end.type,
    end.labels,
    end.resolution,
  ];
}
