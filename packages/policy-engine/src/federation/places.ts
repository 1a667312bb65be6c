import type { JsonObject, JsonValue } from "../json/json";
import type { ResourceRef } from "../model/resource";
import { compareBytes } from "../text/order";

/** An object that a cluster holds, or is to hold. */
export interface HeldResource {
  readonly ref: ResourceRef;
  readonly manifest: JsonObject;
  /** True where the cluster was told to hold it and has not said that it does. */
  readonly unconfirmed?: boolean;
}

/** Names an object within its cluster. */
export const refKey = ({ kind, namespace, name }: ResourceRef): string => `${kind}/${namespace}/${name}`;

const objectAt = (value: JsonValue | undefined, key: string): JsonValue | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject)[key] : undefined;

/** A field of the spec. */
export const specField = ({ manifest }: HeldResource, key: string): JsonValue | undefined =>
  objectAt(manifest["spec"], key);

/** Where a tier or policy stands: numbers and texts that are compared one after the other. */
export type Place = readonly (number | string)[];

/** Orders places. */
export function comparePlaces(a: Place, b: Place): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? "";
    const order =
      typeof left === "number" && typeof right === "number"
        ? Math.sign(left - right)
        : compareBytes(String(left), String(right));
    if (order !== 0 && !Number.isNaN(order)) return order;
  }
  return 0;
}

const orderOf = (resource: HeldResource): number => {
  const order = specField(resource, "order");
  return typeof order === "number" ? order : Number.MAX_VALUE;
};

/** A tier among tiers: by order, ties by name. */
export const tierPlace = (tier: HeldResource): Place => [orderOf(tier), tier.ref.name];

/** A policy among all policies: by its tier, then by order, ties by `name/namespace/kind` (Calico, felix policy sorter). */
export function policyPlace(policy: HeldResource, tiers: ReadonlyMap<string, Place>): Place {
  const tier = specField(policy, "tier");
  const { name, namespace, kind } = policy.ref;
  const within = tiers.get(typeof tier === "string" ? tier : "default") ?? [Number.MAX_VALUE, ""];
  return [...within, orderOf(policy), `${name}/${namespace}/${kind}`];
}
