import type { MeshInput, MeshPlan } from "./types";

/** placeholder while the body grows */
export function compileMesh(input: MeshInput): MeshPlan {
  return { clusters: input.clusters.map((c) => ({ clusterId: c.id, resources: [], publishedSets: [], problems: [] })) };
}
