/** `pods`, or `<plural>.<group>` as in `networkpolicies.networking.k8s.io` and `tiers.projectcalico.org`. */
export type ResourceName = string;

/** One entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` as the store keeps it; the store fills `uid`, `resourceVersion` and `creationTimestamp`. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly generation?: number;
  readonly generateName?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly unknown[];
}

/** A stored object. It is shared between readers: never change one in place, build another and `update`. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** What a caller hands to `create` and `update`: only `metadata.name` must be set. */
export interface KubeInput {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
  readonly [field: string]: unknown;
}

/** Names one object; `namespace` is absent for what lives in the cluster's scope. */
export interface ObjectKey {
  readonly resource: ResourceName;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** A change, delivered synchronously and in order of `resourceVersion`; a deletion carries the last state. */
export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: ResourceName;
  readonly resourceVersion: number;
  readonly object: KubeObject;
  /** The state before, where there was one. */
  readonly previous?: KubeObject;
}

/** Why the store refused a write. */
export type StoreError =
  | { readonly code: "not-found"; readonly key: ObjectKey }
  | { readonly code: "already-exists"; readonly key: ObjectKey }
  | { readonly code: "conflict"; readonly key: ObjectKey; readonly message: string };

/** What a write must find, besides the object itself. */
export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/**
 * The objects of one sandbox cluster. All calls are synchronous; a write is in the journal before it returns. A list
 * followed by `subscribe` in the same turn misses nothing.
 */
export interface ObjectStore {
  /** The version of the newest write, 0 in an empty store. */
  readonly resourceVersion: number;
  get(key: ObjectKey): KubeObject | undefined;
  /** Objects of one resource in order of namespace and name; of one namespace where it is given. */
  list(resource: ResourceName, namespace?: string): readonly KubeObject[];
  create(resource: ResourceName, object: KubeInput): StoreResult;
  /** Replaces the object; where `metadata.resourceVersion` is set it must be the current one. Equal content writes nothing. */
  update(resource: ResourceName, object: KubeInput): StoreResult;
  delete(key: ObjectKey, preconditions?: Preconditions): StoreResult;
  /** Calls `listener` for every later change of `resource` (`"*"`: of any), inside the write; returns the unsubscription. */
  subscribe(resource: ResourceName, listener: (event: StoreEvent) => void): () => void;
}

/** The stored object, or why there is none. */
export type StoreResult =
  { readonly ok: true; readonly value: KubeObject } | { readonly ok: false; readonly error: StoreError };
