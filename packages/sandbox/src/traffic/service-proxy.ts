import { formatAddress, parseAddress, type Address } from "../dataplane/address";
import { serviceOfSlice } from "../dataplane/service-endpoints";
import { groupBy } from "@isthmus/std";
import { readProtocol } from "../dataplane/lower-rule";
import type { FlowService } from "../goldmane/felix-flow";
import { arrayOf, objectsOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import type { KubeObject, ObjectStore } from "../store/types";
import { pickOne, type Random } from "./random";

/** An address and port of a protocol. */
export interface Target {
  readonly address: Address;
  readonly protocol: number;
  readonly port: number;
}

/** What became of a destination at the caller's node. */
export type Translation =
  | { readonly kind: "endpoint"; readonly target: Target; readonly service: FlowService }
  | { readonly kind: "no-endpoints"; readonly service: FlowService }
  | { readonly kind: "not-a-service" };

/** A service that takes connections from outside the mesh. */
export interface LoadBalancer {
  readonly service: FlowService;
  readonly target: Target;
}

/** What kube-proxy and the cluster's DNS records know: services and the endpoints behind them. */
export interface ServiceProxy {
  /** Replaces a service's address by one of its ready endpoints. */
  translate(target: Target, random: Random): Translation;
  /** The address of `name.namespace`; undefined where there is no such service. */
  addressOf(namespace: string, name: string): Address | undefined;
  /** Services of type LoadBalancer, by cluster address. */
  loadBalancers(): readonly LoadBalancer[];
  close(): void;
}

interface Entry {
  readonly service: FlowService;
  readonly slices: readonly KubeObject[];
}

interface Tables {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly addresses: ReadonlyMap<string, Address>;
  readonly loadBalancers: readonly LoadBalancer[];
}

const SLICES = "endpointslices.discovery.k8s.io";

/** Follows the services and endpoint slices of `store`. */
export function createServiceProxy(store: ObjectStore): ServiceProxy {
  let tables: Tables | undefined;
  const forget = (): void => {
    tables = undefined;
  };
  const stops = ["services", SLICES].map((resource) => store.subscribe(resource, forget));
  const current = (): Tables => (tables ??= buildTables(store));
  return {
    translate: (target, random) => {
      const entry = current().entries.get(keyOf(target));
      if (entry === undefined) return { kind: "not-a-service" };
      const backend = pickOne(backendsOf(entry.slices, entry.service.portName), random);
      if (backend === undefined) return { kind: "no-endpoints", service: entry.service };
      return { kind: "endpoint", target: backend, service: entry.service };
    },
    addressOf: (namespace, name) => current().addresses.get(`${namespace}/${name}`),
    loadBalancers: () => current().loadBalancers,
    close: () => stops.forEach((stop) => stop()),
  };
}

const keyOf = ({ address, protocol, port }: Target): string => `${formatAddress(address)}/${protocol}/${port}`;

function buildTables(store: ObjectStore): Tables {
  const slices = groupBy(store.list(SLICES), (slice) => `${slice.metadata.namespace ?? ""}/${serviceOfSlice(slice)}`);
  const entries = new Map<string, Entry>();
  const addresses = new Map<string, Address>();
  const loadBalancers: LoadBalancer[] = [];
  for (const object of store.list("services")) {
    const address = parseAddress(stringOf(valueAt(object, "spec", "clusterIP")));
    if (address === undefined) continue;
    const name = `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    addresses.set(name, address);
    for (const port of objectsOf(valueAt(object, "spec", "ports"))) {
      const { service, target } = servicePort(object, port, address);
      entries.set(keyOf(target), { service, slices: slices.get(name) ?? [] });
      if (valueAt(object, "spec", "type") === "LoadBalancer") loadBalancers.push({ service, target });
    }
  }
  return { entries, addresses, loadBalancers };
}

function servicePort(object: KubeObject, port: JsonObject, address: Address): LoadBalancer {
  const number = Number(port["port"]);
  return {
    service: {
      namespace: object.metadata.namespace ?? "",
      name: object.metadata.name,
      portName: stringOf(port["name"]),
      port: number,
    },
    target: { address, port: number, protocol: readProtocol(stringOf(port["protocol"]) || "TCP") ?? 0 },
  };
}

const known = new WeakMap<KubeObject, Map<string, readonly Target[]>>();

/** Ready endpoints of the slices' ports that carry the service port's name; each version of a slice is read once. */
function backendsOf(slices: readonly KubeObject[], portName: string): readonly Target[] {
  return slices.flatMap((slice) => {
    const byPort = known.get(slice) ?? new Map<string, readonly Target[]>();
    known.set(slice, byPort);
    const targets = byPort.get(portName) ?? readBackends(slice, portName);
    byPort.set(portName, targets);
    return targets;
  });
}

function readBackends(slice: KubeObject, portName: string): readonly Target[] {
  const ports = objectsOf(slice["ports"]).filter((port) => stringOf(port["name"]) === portName);
  const ready = objectsOf(slice["endpoints"]).filter((endpoint) => valueAt(endpoint, "conditions", "ready") !== false);
  const addresses = ready.flatMap((endpoint) => stringsOf(arrayOf(endpoint["addresses"])).slice(0, 1));
  return addresses.flatMap((text) => {
    const address = parseAddress(text);
    if (address === undefined) return [];
    return ports.map((port) => ({
      address,
      port: Number(port["port"]),
      protocol: readProtocol(stringOf(port["protocol"]) || "TCP") ?? 0,
    }));
  });
}
