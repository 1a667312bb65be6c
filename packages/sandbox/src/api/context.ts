import type { Authorizer } from "../auth/rbac";
import type { TokenIssuer } from "../auth/tokens";
import type { KubeObject, ObjectStore, ResourceName, StoreEvent } from "../store/types";
import type { Kind } from "./kinds";
import type { ListSnapshots } from "./list-snapshots";
import type { KindRegistry } from "./registry";

/** A store whose watches can resume. */
export interface ApiStore extends ObjectStore {
  /** The events of `resource` after `version`, oldest first; `expired` where the window has moved on. */
  eventsSince(resource: ResourceName, version: number): readonly StoreEvent[] | "expired";
}

/** A kind of one cluster's API: what a handler works on. */
export interface Target {
  readonly context: ApiContext;
  readonly kind: Kind;
}

/** What the handlers of one cluster's API work with. */
export interface ApiContext {
  readonly store: ApiStore;
  readonly kinds: KindRegistry;
  readonly authorizer: Authorizer;
  readonly tokens: TokenIssuer;
  readonly snapshots: ListSnapshots;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Picks a free service address, or takes the one asked for; `undefined` where it is out of range or taken. */
  readonly serviceAddress: (wanted: string) => string | undefined;
  /** Whether somebody else runs this pod, so that its deletion waits for them. */
  readonly isExternalPod: (pod: KubeObject) => boolean;
  readonly newUid: () => string;
  /** Lowercase letters and digits for generated names. */
  readonly randomSuffix: (length: number) => string;
}
