import type { Address } from "../dataplane/address";
import type { Endpoint } from "../dataplane/model";

/** A name that DNS was asked for, with the search path of the asking pod applied. */
export type ResolvedName =
  | { readonly kind: "service"; readonly namespace: string; readonly name: string }
  | { readonly kind: "external"; readonly host: string };

/** Reads `cart`, `cart.boutique`, `cart.boutique.svc.cluster.local` or a host of the internet, as a pod's resolver does. */
export function readName(host: string, pod: Pick<Endpoint, "namespace">): ResolvedName {
  const labels = host.replace(/\.$/u, "").split(".");
  const [name = "", namespace] = labels;
  if (namespace === undefined) return { kind: "service", namespace: pod.namespace, name };
  const rest = labels.slice(2).join(".");
  if (rest === "" || rest === "svc" || rest === "svc.cluster.local") return { kind: "service", namespace, name };
  return { kind: "external", host };
}

/** What a pod remembers of its look-ups. */
export interface NameCache {
  get(pod: Endpoint, host: string, nowMs: number): Address | undefined;
  set(pod: Endpoint, host: string, entry: { readonly address: Address; readonly nowMs: number }): void;
}

interface Remembered {
  readonly address: Address;
  readonly untilMs: number;
}

const TTL_MS = 30_000;
const MAX_ENTRIES = 5_000;

/** Makes a cache that keeps answers for CoreDNS's 30 seconds. */
export function createNameCache(): NameCache {
  const entries = new Map<string, Remembered>();
  const keyOf = (pod: Endpoint, host: string): string => `${pod.address} ${host}`;
  return {
    get: (pod, host, nowMs) => {
      const entry = entries.get(keyOf(pod, host));
      return entry !== undefined && entry.untilMs > nowMs ? entry.address : undefined;
    },
    set: (pod, host, { address, nowMs }) => {
      if (entries.size >= MAX_ENTRIES) entries.clear();
      entries.set(keyOf(pod, host), { address, untilMs: nowMs + TTL_MS });
    },
  };
}
