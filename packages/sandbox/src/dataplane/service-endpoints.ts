import { arrayOf, objectsOf, stringMapOf, stringOf } from "../json";
import type { KubeObject } from "../store/types";
import { parseAddress, type Address } from "./address";
import { readProtocol } from "./lower-rule";

/** What is behind a service: addresses, and which ports of theirs. */
export interface ServiceEndpoints {
  readonly addresses: readonly Address[];
  readonly ports: readonly { readonly protocol: number; readonly port: number }[];
}

/**
 * What an EndpointSlice names, ready or not (felix/calc, membersFromEndpointSlice): a port without a number means no
 * port at all, while the addresses count for rules that ask for them alone.
 */
export function serviceEndpointsOf(slice: KubeObject): ServiceEndpoints {
  const endpoints = known.get(slice) ?? lower(slice);
  known.set(slice, endpoints);
  return endpoints;
}

const known = new WeakMap<KubeObject, ServiceEndpoints>();

function lower(slice: KubeObject): ServiceEndpoints {
  return {
    addresses: objectsOf(slice["endpoints"]).flatMap((endpoint) =>
      arrayOf(endpoint["addresses"]).flatMap((text) => parseAddress(stringOf(text)) ?? []),
    ),
    ports: objectsOf(slice["ports"]).flatMap((port) =>
      typeof port["port"] === "number"
        ? [{ port: port["port"], protocol: readProtocol(stringOf(port["protocol"]) || "TCP") ?? 0 }]
        : [],
    ),
  };
}

/** The service that an EndpointSlice belongs to. */
export function serviceOfSlice(slice: KubeObject): string {
  return stringMapOf(slice.metadata.labels)["kubernetes.io/service-name"] ?? "";
}
