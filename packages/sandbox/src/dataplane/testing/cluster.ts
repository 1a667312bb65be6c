import type { KubeObject, ObjectKey, StoreEvent } from "../../store/types";
import { parseAddress, type Address } from "../address";
import {
  createClusterDataplane,
  type ClusterDataplane,
  type NotProgrammed,
  type PolicyObjects,
} from "../cluster-dataplane";
import { PROTOCOL, type Direction, type Hit, type Packet, type Verdict } from "../model";

type Labels = Readonly<Record<string, string>>;

let uid = 0;

/** An object as the store would hold it. */
export function object(
  kind: readonly [string, string],
  metadata: { name: string; namespace?: string; labels?: Labels },
  rest: object,
): KubeObject {
  const [apiVersion, kindName] = kind;
  uid += 1;
  const stored = { uid: `uid-${uid}`, resourceVersion: String(uid), creationTimestamp: "2026-01-01T00:00:00Z" };
  return { apiVersion, kind: kindName, metadata: { ...stored, ...metadata }, ...rest };
}

export const namespace = (name: string, labels: Labels = {}): KubeObject =>
  object(["v1", "Namespace"], { name, labels }, {});

export const tier = (name: string, order: number, defaultAction: "Deny" | "Pass" = "Deny"): KubeObject =>
  object(["projectcalico.org/v3", "Tier"], { name }, { spec: { order, defaultAction } });

/** A running pod; `path` is `namespace/name`. */
export function pod(
  path: string,
  podIP: string,
  more: { labels?: Labels; ports?: readonly object[]; serviceAccount?: string } = {},
): KubeObject {
  const [inNamespace = "", name = ""] = path.split("/");
  return object(
    ["v1", "Pod"],
    { name, namespace: inNamespace, labels: more.labels ?? { app: name } },
    {
      spec: {
        nodeName: "node-1",
        serviceAccountName: more.serviceAccount ?? "default",
        containers: [{ name: "server", image: "x", ports: more.ports ?? [] }],
      },
      status: { phase: "Running", podIP },
    },
  );
}

/** A Calico policy of any kind; `path` is `name` or `namespace/name`. */
export function policy(kind: string, path: string, spec: object): KubeObject {
  return object(["projectcalico.org/v3", kind], named(path), { spec });
}

export const kubernetesPolicy = (path: string, spec: object): KubeObject =>
  object(["networking.k8s.io/v1", "NetworkPolicy"], named(path), { spec });

export const clusterPolicy = (name: string, spec: object): KubeObject =>
  object(["policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"], { name }, { spec });

/** A HostEndpoint of `node-1`. */
export const hostEndpoint = (name: string, labels: Labels, spec: object): KubeObject =>
  object(["projectcalico.org/v3", "HostEndpoint"], { name, labels }, { spec: { node: "node-1", ...spec } });

export const profile = (name: string, spec: object): KubeObject =>
  object(["projectcalico.org/v3", "Profile"], { name }, { spec });

export const networkSet = (path: string, nets: readonly string[], labels: Labels = {}): KubeObject =>
  object(
    ["projectcalico.org/v3", path.includes("/") ? "NetworkSet" : "GlobalNetworkSet"],
    { ...named(path), labels },
    { spec: { nets } },
  );

function named(path: string): { name: string; namespace?: string } {
  const [first = "", second] = path.split("/");
  return second === undefined ? { name: first } : { name: second, namespace: first };
}

function resourceOf({ apiVersion, kind }: KubeObject): string {
  const plural = kind.endsWith("Policy") ? kind.replace(/Policy$/u, "Policies") : `${kind}s`;
  const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
  return `${plural.toLowerCase()}${group}`;
}

/** Objects that tests change; the same port as the store's, without its journal. */
export interface TestObjects extends PolicyObjects {
  put(changed: KubeObject): void;
  remove(removed: KubeObject): void;
}

export function testObjects(objects: readonly KubeObject[]): TestObjects {
  const held = new Map<string, KubeObject>();
  const listeners = new Map<string, Set<(event: StoreEvent) => void>>();
  const keyOf = ({ resource, namespace: at, name }: ObjectKey): string => `${resource} ${at ?? ""}/${name}`;
  const keyFor = (value: KubeObject): string =>
    keyOf({ resource: resourceOf(value), namespace: value.metadata.namespace, name: value.metadata.name });
  const tell = (type: StoreEvent["type"], value: KubeObject): void => {
    const resource = resourceOf(value);
    for (const listener of listeners.get(resource) ?? [])
      listener({ type, resource, resourceVersion: 0, object: value });
  };
  const put = (value: KubeObject): void => {
    const type = held.has(keyFor(value)) ? "MODIFIED" : "ADDED";
    held.set(keyFor(value), value);
    tell(type, value);
  };
  objects.forEach(put);
  return {
    put,
    remove: (value) => {
      held.delete(keyFor(value));
      tell("DELETED", value);
    },
    get: (key) => held.get(keyOf(key)),
    list: (resource, at) =>
      [...held.values()].filter(
        (value) => resourceOf(value) === resource && (at === undefined || value.metadata.namespace === at),
      ),
    subscribe: (resource, listener) => {
      const set = listeners.get(resource) ?? new Set();
      listeners.set(resource, set.add(listener));
      return () => set.delete(listener);
    },
  };
}

/** A cluster to ask. */
export interface TestCluster {
  readonly objects: TestObjects;
  readonly dataplane: ClusterDataplane;
  readonly notProgrammed: readonly NotProgrammed[];
}

/** A cluster with these objects and, unless one is given, the default tier. */
export function testCluster(objects: readonly KubeObject[]): TestCluster {
  const notProgrammed: NotProgrammed[] = [];
  const hasDefault = objects.some(({ kind, metadata }) => kind === "Tier" && metadata.name === "default");
  const held = testObjects(hasDefault ? objects : [tier("default", 1_000_000), ...objects]);
  return {
    objects: held,
    dataplane: createClusterDataplane(held, (found) => notProgrammed.push(found)),
    notProgrammed,
  };
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

/** A packet as a test writes it: `tcp/80`, `udp/53`, `icmp`. */
export interface Asked {
  readonly direction: Direction;
  readonly from: string;
  readonly to: string;
  readonly what: string;
  readonly sourcePort?: number;
  readonly icmp?: { readonly type: number; readonly code: number };
}

function packetOf(asked: Asked): Packet {
  const [protocol = "", port = "0"] = asked.what.split("/");
  const numbers = new Map<string, number>(Object.entries(PROTOCOL));
  return {
    protocol: numbers.get(protocol) ?? Number(protocol),
    source: address(asked.from),
    sourcePort: asked.sourcePort ?? 40_000,
    destination: address(asked.to),
    destinationPort: Number(port),
    ...(asked.icmp && { icmp: asked.icmp }),
  };
}

/** The verdict of the end that `direction` names. */
export function ask({ dataplane }: TestCluster, asked: Asked): Verdict {
  const judged = asked.direction === "ingress" ? asked.to : asked.from;
  const endpoint = dataplane.program().endpointAt(address(judged));
  if (endpoint === undefined) throw new Error(`nothing runs at ${judged}`);
  return dataplane.judge(endpoint, asked.direction, packetOf(asked));
}

/** A packet at a host endpoint. */
export interface AskedOfHost extends Asked {
  readonly host: string;
  readonly traffic: "local" | "forwarded";
  /** As it arrived, before destination NAT. */
  readonly arrivedFor?: string;
}

/** The verdict of a host endpoint. */
export function askHost({ dataplane }: TestCluster, asked: AskedOfHost): Verdict {
  const host = dataplane.program().hostEndpoint(asked.host);
  if (host === undefined) throw new Error(`there is no host endpoint ${asked.host}`);
  const packet = packetOf(asked);
  return dataplane.judgeHost({
    host,
    direction: asked.direction,
    traffic: asked.traffic,
    packet,
    ...(asked.arrivedFor !== undefined && { arrived: { ...packet, destination: address(asked.arrivedFor) } }),
  });
}

/** A hit as `tier|policy|rule|action`, with `*` before staged policies. */
export function spell(hit: Hit): string {
  switch (hit.kind) {
    case "rule":
      return `${hit.policy.tier}|${hit.policy.staged ? "*" : ""}${hit.policy.name}|${hit.ruleIndex}|${hit.action}`;
    case "end-of-tier":
      return `${hit.tier}|${hit.trigger.staged ? "*" : ""}${hit.trigger.name}|end|${hit.action}`;
    case "profile":
      return `profile|${hit.name}|${hit.ruleIndex}|${hit.action}`;
  }
}
