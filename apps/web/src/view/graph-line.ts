/** An end of a line on the graph, as the graph's addresses name it. */
export interface LineEnd {
  readonly clusterId: string | null;
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** What calls into the clusters from outside stands apart from what they call outside. */
export const outsideFrames = { source: "callers", dest: "outside" } as const;

/** Id of the graph's card of an end. */
export const graphCardId = (end: LineEnd, role: keyof typeof outsideFrames): string =>
  `${end.clusterId ?? outsideFrames[role]}/${end.namespace}/${end.kind}/${end.name}`;

/** Id of the graph's line between two cards at a port, written as "tcp 6379". */
export const graphLineId = (sourceId: string, destId: string, port: string): string =>
  `${sourceId} → ${destId} ${port}`;
