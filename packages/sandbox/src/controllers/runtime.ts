import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../json";
import { objectOf } from "../json";
import { timestamp } from "../store/object-store";
import type { Indexes } from "./indexes";
import type { KubeObject, ObjectStore, OwnerReference } from "../store/types";

/** What every controller works with. */
export interface ControllerContext {
  readonly store: ObjectStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomSuffix: (length: number) => string;
  /** Creates an object as its author would through the API: with defaults, admission and validation. */
  readonly create: (object: JsonObject) => void;
  readonly onError: (error: unknown) => void;
  /** Runs a task once, `delayMs` from now; returns how to call it off. */
  readonly later: Later;
  readonly indexes: Indexes;
}

/** A timer, so that tests turn the clock themselves. */
export type Later = (delayMs: number, task: () => void) => () => void;

/** The reference by which `owner` controls another object. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** The reference to an object's controller, where it has one. */
export function controllerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** The objects of `resource` that `owner` controls, in the order of their creation. */
export function controlledBy(
  { store, indexes }: Pick<ControllerContext, "store" | "indexes">,
  resource: string,
  owner: KubeObject,
): readonly KubeObject[] {
  const { uid } = owner.metadata;
  return indexes.owners
    .ownedBy(uid)
    .filter((key) => key.resource === resource)
    .flatMap((key) => store.get(key) ?? [])
    .filter((object) => controllerOf(object)?.uid === uid);
}

/** Writes a status where it differs; conditions keep their time while their state is the same. */
export function writeStatus(
  context: ControllerContext,
  { resource, object }: { readonly resource: string; readonly object: KubeObject },
  status: JsonObject,
): void {
  const { namespace, name } = object.metadata;
  const current = context.store.get({ resource, namespace, name });
  if (!current || current.metadata.uid !== object.metadata.uid || isDeepStrictEqual(current["status"], status)) return;
  context.store.update(resource, { ...current, status });
}

/** A condition, with the time of its last change taken over from the conditions before. */
export function condition(
  before: readonly JsonObject[],
  wanted: { readonly type: string; readonly status: string; readonly reason: string; readonly message?: string },
  now: number,
): JsonObject {
  const old = before.find(({ type }) => type === wanted.type);
  const same = old?.["status"] === wanted.status;
  const at = timestamp(now);
  return { ...wanted, lastTransitionTime: same ? old["lastTransitionTime"] : at };
}

const digits = "bcdfghjklmnpqrstvwxz2456789";

const hashes = new WeakMap<object, string>();

/** A short name for a pod template, the same for the same content. */
export function templateHash(template: unknown): string {
  const key = objectOf(template);
  const known = hashes.get(key) ?? hashOf(template);
  hashes.set(key, known);
  return known;
}

function hashOf(template: unknown): string {
  const hash = createHash("sha256").update(canonical(template)).digest();
  return [...hash.subarray(0, 10)].map((byte) => digits[byte % digits.length]).join("");
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(objectOf(value)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(",")}}`;
}

/** Letters and digits that Kubernetes uses in generated names. */
export const suffixDigits = digits;
