import type { Result } from "@isthmus/std";
import type { KubeError } from "./errors";
import type { KubeObject, ObjectName, ResourceKind } from "./object";

/** The answer to a request, or why there is none. */
export type Answer<T> = Promise<Result<T, KubeError>>;

/** Stops a request early. */
export interface Stoppable {
  readonly signal?: AbortSignal;
}

/** One page of a list; `continueToken` is empty on the last one. */
export interface ListPage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  readonly continueToken: string;
}

/** Which objects to list. */
export interface ListQuery extends Stoppable {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly limit?: number;
  readonly continueToken?: string;
}

/** One line of a watch. A bookmark carries a resource version alone. */
export type WatchEvent =
  | { readonly kind: "upsert"; readonly object: KubeObject }
  | { readonly kind: "delete"; readonly object: KubeObject }
  | { readonly kind: "bookmark"; readonly resourceVersion: string }
  | { readonly kind: "error"; readonly error: KubeError };

/** Where a watch begins and when the server is to end it. */
export interface WatchQuery extends Stoppable {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
}

/** Reads one object. */
export interface GetObject {
  get(kind: ResourceKind, name: ObjectName): Answer<KubeObject>;
}

/** Lists objects page by page and follows their changes. */
export interface FollowObjects {
  list(kind: ResourceKind, query: ListQuery): Answer<ListPage>;
  watch(kind: ResourceKind, query: WatchQuery): Answer<AsyncIterable<WatchEvent>>;
}

/** How to send a write. */
export interface WriteOptions {
  /** Asks the server to check and answer without storing. */
  readonly dryRun?: boolean;
}

/** Writes objects, each write with its precondition. */
export interface WriteObjects {
  /** Fails with `already-exists` where an object of that name exists. */
  create(kind: ResourceKind, object: KubeObject, options?: WriteOptions): Answer<KubeObject>;
  /** Replaces; the object carries the `resourceVersion` and `uid` that it replaces, else `conflict`. */
  update(kind: ResourceKind, object: KubeObject, options?: WriteOptions): Answer<KubeObject>;
  /** Server-side apply that takes over fields; the object carries the `uid` that must exist, else `conflict`. */
  apply(kind: ResourceKind, object: KubeObject, options?: WriteOptions): Answer<KubeObject>;
  /** Deletes the object only while it has this UID, else `conflict`. */
  remove(kind: ResourceKind, name: ObjectName, uid: string): Answer<void>;
}

/** Something that the API server may allow or not. */
export interface AccessQuestion {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** Asks the API server about itself and about us. */
export interface InspectCluster {
  /** `gitVersion` of the API server. */
  serverVersion(): Answer<string>;
  /** What the API server says the time is, in ms since the epoch, to the second; undefined where it does not. */
  serverTime(): Answer<number | undefined>;
  /** Plural names that a group version serves, without subresources; empty where it serves none. */
  servedResources(apiVersion: string): Answer<readonly string[]>;
  /** SelfSubjectAccessReview. */
  mayI(question: AccessQuestion): Answer<boolean>;
}

/** All that a process may want of one cluster's API. */
export interface KubernetesApi extends GetObject, FollowObjects, WriteObjects, InspectCluster {
  /** Ends kept-alive connections. */
  close(): void;
}
