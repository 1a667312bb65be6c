/** What the values of a field are. */
export type FieldKind = "text" | "choice" | "bytes" | "count" | "port" | "address" | "search";

/** Whose rows a filter is asked of: single flows, or edges of the graph as rollups keep them. */
export type FilterTable = "flow" | "edge";

/** The facets whose values are offered for fields. */
export type FacetName = "actions" | "clusters" | "namespaces" | "workloads" | "protocols" | "ports" | "policies";

/** What is known of a field. */
export interface FieldSpec {
  readonly kind: FieldKind;
  /** For a choice: its values. */
  readonly choices?: readonly string[];
  /** Said beside the field when it is offered. */
  readonly about: string;
  readonly facet?: FacetName;
  /** A flow may lack it, so that `has` may ask for it. */
  readonly optional?: true;
  /** The field is a family with one for each label: its name goes on with `.` and the label's key. */
  readonly keyed?: true;
  /** Which rows can answer it. */
  readonly answeredBy: readonly FilterTable[];
}

/**
 * Over how long a range, in milliseconds, single flows are read for a question to edges that rollups cannot answer.
 * Beyond it such a field is refused.
 */
export const longestFlowRangeMs = 6 * 3_600_000;

const everywhere = ["flow", "edge"] as const;
const flowsOnly = ["flow"] as const;
const verdicts = ["allow", "deny", "pass", "unknown"];

const end = (about: string, facet: FacetName) =>
  ({ kind: "text", about, facet, optional: true, answeredBy: everywhere }) as const;
const amount = (kind: "bytes" | "count", about: string) => ({ kind, about, answeredBy: flowsOnly }) as const;

/** Every field of the filter language, in the order in which they are offered. */
export const fields = {
  action: { kind: "choice", choices: verdicts, about: "what happened", facet: "actions", answeredBy: flowsOnly },
  staged: { kind: "choice", choices: verdicts, about: "what staged policies would do", answeredBy: flowsOnly },
  cluster: end("either end's cluster", "clusters"),
  "source.cluster": end("the caller's cluster", "clusters"),
  "dest.cluster": end("the called end's cluster", "clusters"),
  namespace: end("either end's namespace", "namespaces"),
  "source.namespace": end("the caller's namespace", "namespaces"),
  "dest.namespace": end("the called end's namespace", "namespaces"),
  workload: end("either end's workload", "workloads"),
  "source.workload": end("the caller", "workloads"),
  "dest.workload": end("the called end", "workloads"),
  service: { kind: "text", about: "the service that was called", optional: true, answeredBy: flowsOnly },
  port: { kind: "port", about: "the port that was called", facet: "ports", answeredBy: everywhere },
  protocol: { kind: "text", about: "tcp, udp, …", facet: "protocols", answeredBy: everywhere },
  reporter: {
    kind: "choice",
    choices: ["source", "destination"],
    about: "which end saw it",
    answeredBy: everywhere,
  },
  policy: {
    kind: "text",
    about: "a policy anywhere in the trace",
    facet: "policies",
    optional: true,
    answeredBy: flowsOnly,
  },
  decided: { kind: "text", about: "the policy that decided", optional: true, answeredBy: flowsOnly },
  text: { kind: "search", about: "found in any name", answeredBy: flowsOnly },
  bytes: amount("bytes", "both ways, in one record"),
  "bytes.in": amount("bytes", "towards the end that reported"),
  "bytes.out": amount("bytes", "from the end that reported"),
  packets: amount("count", "both ways, in one record"),
  "packets.in": amount("count", "towards the end that reported"),
  "packets.out": amount("count", "from the end that reported"),
  connections: amount("count", "started or open"),
  "connections.started": amount("count", "begun in the record's time"),
  "connections.completed": amount("count", "ended in the record's time"),
  "connections.live": amount("count", "open at its end"),
  "source.label": { kind: "text", about: "a label of the caller", optional: true, keyed: true, answeredBy: flowsOnly },
  "dest.label": {
    kind: "text",
    about: "a label of the called end",
    optional: true,
    keyed: true,
    answeredBy: flowsOnly,
  },
  "source.address": { kind: "address", about: "the caller's address", optional: true, answeredBy: flowsOnly },
  "dest.address": { kind: "address", about: "the called end's address", optional: true, answeredBy: flowsOnly },
} as const satisfies Record<string, FieldSpec>;

/** The name of a field, or of a family of fields of labels. */
export type FieldName = keyof typeof fields;

/** All names of fields, in the order in which they are offered. */
export const fieldNames = Object.keys(fields).filter((name): name is FieldName => name in fields);

/** What is known of a field. */
export const specOf = (name: FieldName): FieldSpec => fields[name];

const families = fieldNames.filter((name) => specOf(name).keyed);

/** The family whose labels a word begins to name, with what follows its dot. */
export function familyOf(word: string): { readonly name: FieldName; readonly key: string } | undefined {
  const name = families.find((each) => word.startsWith(`${each}.`));
  return name && { name, key: word.slice(name.length + 1) };
}

/** Whether a word names a field, a label's included. */
export const isField = (word: string): boolean =>
  (Object.hasOwn(fields, word) && !specOf(word as FieldName).keyed) || isLabelKey(familyOf(word)?.key ?? "");

/**
 * Whether a text is the key of a label: a name of at most 63 characters, behind a DNS subdomain and `/` where there is a
 * prefix (Kubernetes, "Labels and Selectors", syntax and character set).
 */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf("/");
  const prefix = text.slice(0, Math.max(slash, 0));
  const isPrefix = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(prefix) && prefix.length <= 253;
  return /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text.slice(slash + 1)) && (slash === -1 || isPrefix);
}
