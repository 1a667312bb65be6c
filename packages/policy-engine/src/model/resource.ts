/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** Names one Kubernetes object; `namespace` is empty for cluster-wide kinds. */
export interface ResourceRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}
