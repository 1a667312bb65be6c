/** The clusters' names and colours, by id. */
export type ClusterNames = ReadonlyMap<string, { readonly name: string; readonly ordinal: number }>;

/** Makes the look-up from a list as the server answers it. */
export const clusterNames = (
  clusters: readonly { readonly id: string; readonly name: string; readonly ordinal: number }[],
): ClusterNames => new Map(clusters.map(({ id, name, ordinal }) => [id, { name, ordinal }]));
