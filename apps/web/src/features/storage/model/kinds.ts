import type { EvidenceKind } from "@isthmus/flow-store";

/** A kind of evidence as people read it. */
export interface KindWords {
  readonly kind: EvidenceKind;
  readonly name: string;
  /** What one loses when it goes. */
  readonly holds: string;
}

/** All kinds, in the order of pages. */
export const kinds: readonly KindWords[] = [
  { kind: "flows", name: "Flows", holds: "each 15 s record with its labels and policies" },
  { kind: "minute", name: "Edges by minute", holds: "the graph of up to 6 h, hits of policies" },
  { kind: "hour", name: "Edges by hour", holds: "the graph of up to 14 days" },
  { kind: "day", name: "Edges by day", holds: "the graph of longer ranges" },
  { kind: "dns", name: "DNS records", holds: "questions and answers; no source sends them yet" },
  { kind: "l7", name: "HTTP and TLS records", holds: "requests; no source sends them yet" },
  { kind: "audit", name: "Kubernetes audit events", holds: "who changed what in clusters; no source sends them yet" },
];
