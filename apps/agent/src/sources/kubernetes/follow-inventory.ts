import type { Clock } from "@isthmus/std";
import {
  apiGroup,
  followCollection,
  trimObject,
  type FollowObjects,
  type KubeError,
  type ResourceKind,
} from "@isthmus/k8s";
import type { Logger } from "pino";
import { asServed } from "./as-served";
import type { Inventory } from "./inventory";

/** What following needs. */
export interface FollowInventoryOptions {
  readonly api: FollowObjects;
  readonly inventory: Inventory;
  readonly kinds: readonly ResourceKind[];
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly restarted: (kind: ResourceKind) => void;
}

/** How the watches stand. */
export interface InventoryWatches {
  /** Resolves when every kind was listed once, or found to be refused or not served. */
  readonly settled: Promise<void>;
  /** Reads that the API server forbids, as `list apps/v1 deployments`. */
  forbidden(): readonly string[];
  /** Kinds that were listed and may still be: the inventory holds all of them. */
  read(): readonly string[];
}

/** Keeps an inventory as the cluster is, with one watch a kind, until the signal aborts. */
export function followInventory(options: FollowInventoryOptions): InventoryWatches {
  const forbidden = new Set<string>();
  const read = new Set<string>();
  const settling = options.kinds.map((kind) => {
    const name = permissionText("list", kind);
    return new Promise<void>((settled) => {
      const failed = (error: KubeError, delayMs: number): void => {
        const refused = error.code === "forbidden" || error.code === "not-found";
        if (error.code === "forbidden") forbidden.add(name);
        if (refused) {
          read.delete(kind.kind);
          settled();
        }
        options.restarted(kind);
        const level = refused ? "debug" : "warn";
        options.log[level]({ kind: kind.kind, code: error.code, delayMs }, `watch failed: ${error.message}`);
      };
      void followCollection(options.api, {
        kind,
        keep: (object) => trimObject(asServed(object)),
        clock: options.clock,
        random: options.random,
        signal: options.signal,
        listener: {
          replaced: (objects) => {
            forbidden.delete(name);
            read.add(kind.kind);
            options.inventory.replaced(kind, objects);
            settled();
          },
          upserted: (object) => options.inventory.upserted(object),
          deleted: (object) => options.inventory.deleted(object),
          failed,
        },
      });
    });
  });
  return {
    settled: Promise.all(settling).then(() => undefined),
    forbidden: () => [...forbidden].toSorted(),
    read: () => [...read],
  };
}

/** A permission as a person reads it: `list apps/v1 deployments`. */
export function permissionText(verb: string, kind: ResourceKind): string {
  return `${verb} ${apiGroup(kind.apiVersion) === "" ? "v1" : kind.apiVersion} ${kind.plural}`;
}
