/** What a value of a field may be. */
export type FieldType = "name" | "number" | "choice";

interface FieldSpec {
  readonly type: FieldType;
  /** For a choice: its values. */
  readonly choices?: readonly string[];
  /** Said beside the field when it is offered. */
  readonly about: string;
  /** The facet whose values are offered for it. */
  readonly facet?: FacetName;
}

export type FacetName = "actions" | "clusters" | "namespaces" | "workloads" | "protocols" | "ports" | "policies";

/** Every field of the filter language. */
export const fields = {
  action: { type: "choice", choices: ["allow", "deny", "pass", "unknown"], about: "what happened", facet: "actions" },
  staged: { type: "choice", choices: ["allow", "deny", "pass", "unknown"], about: "what staged policies would do" },
  cluster: { type: "name", about: "either end's cluster", facet: "clusters" },
  "source.cluster": { type: "name", about: "the caller's cluster", facet: "clusters" },
  "dest.cluster": { type: "name", about: "the called end's cluster", facet: "clusters" },
  namespace: { type: "name", about: "either end's namespace", facet: "namespaces" },
  "source.namespace": { type: "name", about: "the caller's namespace", facet: "namespaces" },
  "dest.namespace": { type: "name", about: "the called end's namespace", facet: "namespaces" },
  workload: { type: "name", about: "either end's workload", facet: "workloads" },
  "source.workload": { type: "name", about: "the caller", facet: "workloads" },
  "dest.workload": { type: "name", about: "the called end", facet: "workloads" },
  service: { type: "name", about: "the service that was called" },
  port: { type: "number", about: "the port that was called", facet: "ports" },
  protocol: { type: "name", about: "tcp, udp, …", facet: "protocols" },
  reporter: { type: "choice", choices: ["source", "destination"], about: "which end saw it" },
  policy: { type: "name", about: "a policy anywhere in the trace", facet: "policies" },
  decided: { type: "name", about: "the policy that decided" },
  text: { type: "name", about: "found in any name" },
} as const satisfies Record<string, FieldSpec>;

export type FieldName = keyof typeof fields;

/** All field names, in the order in which they are offered. */
export const fieldNames = Object.keys(fields).filter((name): name is FieldName => name in fields);

/** Whether a word names a field. */
export const isField = (word: string): word is FieldName => Object.hasOwn(fields, word);

/** What is known of a field. */
export const specOf = (field: FieldName): FieldSpec => fields[field];
