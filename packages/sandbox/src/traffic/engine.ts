import { setMaxListeners } from "node:events";
import type { Clock } from "@isthmus/std";
import { runtimeOf } from "./pod-runtime";
import { Caller } from "./caller";
import { createFailureLog } from "./failures";
import type { Internet } from "./internet";
import { loadFactor, poisson, type LoadShape } from "./load";
import type { Network, NetworkCluster, Place } from "./network";
import { between, pickOne, type Random } from "./random";
import { createServiceProxy, type ServiceProxy } from "./service-proxy";
import { createWorkloads, type Workloads } from "./workloads";
import type { KubeObject, ObjectStore } from "../store/types";
import { parseAddress, type Address } from "../dataplane/address";
import { PROTOCOL } from "../dataplane/model";
import { dial, type DialParts } from "./dial";
import { stringOf, valueAt } from "../json";

/** A cluster whose pods run. */
export interface TrafficCluster {
  readonly network: NetworkCluster;
  readonly store: ObjectStore;
}

/** What the traffic of a mesh is made of. */
export interface TrafficParts {
  readonly clusters: readonly TrafficCluster[];
  readonly network: Network;
  readonly internet: Internet;
  readonly load: LoadShape;
  readonly random: Random;
  readonly clock: Clock;
  /** A visit that threw, which no outcome of a call does. */
  readonly onError: (error: unknown) => void;
}

/** The living workload: users of load generators and of the internet, and all that their requests set off. */
export interface Traffic {
  /** Lets `elapsedMs` of load arrive. */
  step(elapsedMs: number): void;
  /** Connects from a pod that somebody else runs to an address, as a program of the pod would. */
  open(from: OutsidePod, to: { readonly address: Address; readonly port: number }): Promise<Opened>;
  /** Resolves when no request is under way any more. */
  idle(): Promise<void>;
  close(): void;
}

/** A pod by name. */
export interface OutsidePod {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** A connection that was asked for, or why there is none. */
export type Opened =
  | {
      readonly kind: "open";
      /** The pod's own address. */
      readonly from: Address;
      /** What the far end says to a line; undefined where it says nothing. */
      say(line: string): string | undefined;
      close(): void;
    }
  | { readonly kind: "no-such-pod" | "refused" | "timeout" };

/** Mean time that a user thinks between two pages (Locust's 1 to 10 s in the original). */
const THINK_MS = 5_500;
const DEFAULT_USERS = 10;
const INTERNET_VISITS_PER_SECOND = 0.6;
const INTERNET_PAGES = ["GET /", "GET /product", "GET /product", "GET /cart"];

/** Starts nothing by itself: load arrives with `step`. */
export function createTraffic(parts: TrafficParts): Traffic {
  const abort = new AbortController();
  // Every dial that waits listens to it, and many may wait at once.
  setMaxListeners(0, abort.signal);
  const proxies = new Map(parts.clusters.map(({ network, store }) => [network.name, createServiceProxy(store)]));
  const proxyOf = (name: string): ServiceProxy => found(proxies, name);
  const runners = new Map(
    parts.clusters.map(({ network, store }) => [network.name, { store, failures: createFailureLog(store) }]),
  );
  const workloads = createWorkloads({
    clusterOf: (name) => found(runners, name),
    caller: (): Caller => caller,
    random: parts.random,
    now: () => parts.clock.now(),
  });
  const caller = new Caller({ ...parts, proxyOf, serve: workloads.serve, signal: abort.signal });
  const underWay = new Set<Promise<void>>();
  const run = (visit: Promise<void>): Promise<void> => {
    const tracked = visit
      .catch((error: unknown) => {
        if (!abort.signal.aborted) parts.onError(error);
      })
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    return tracked;
  };
  const users = createUsers({ ...parts, workloads, run });
  const visitors = createVisitors({ ...parts, proxyOf, caller, run });
  const open = createOpener({ ...parts, workloads, dialling: { ...parts, proxyOf, signal: abort.signal } });
  return {
    step: (elapsedMs) => {
      const factor = loadFactor(parts.load, parts.clock.now(), parts.random);
      users(elapsedMs * factor);
      visitors(elapsedMs * factor);
    },
    open,
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () => {
      abort.abort();
      for (const proxy of proxies.values()) proxy.close();
    },
  };
}

function found<V>(map: ReadonlyMap<string, V>, name: string): V {
  const value = map.get(name);
  if (value === undefined) throw new Error(`no cluster ${name}`);
  return value;
}

interface OpenerParts extends TrafficParts {
  readonly workloads: Workloads;
  readonly dialling: DialParts;
}

function createOpener({ clusters, network, workloads, dialling }: OpenerParts): Traffic["open"] {
  return async ({ cluster, namespace, name }, { address, port }) => {
    const own = clusters.find((each) => each.network.name === cluster);
    const pod = own?.store.get({ resource: "pods", namespace, name });
    const source = parseAddress(stringOf(valueAt(pod, "status", "podIP")));
    const place = own && source !== undefined ? network.placeOf(source, own.network) : undefined;
    if (place === undefined || source === undefined) return { kind: "no-such-pod" };
    const dialled = await dial(dialling, place, { address, port, protocol: PROTOCOL.tcp });
    if (dialled.kind === "failed") return { kind: dialled.reason === "CallFailed" ? "refused" : "timeout" };
    const { connection, target } = dialled;
    const far = network.placeOf(target.address, connection.near);
    const converse = far && workloads.converse(far, target.port);
    if (converse === undefined) {
      network.finish(connection, { requestBytes: 0, responseBytes: 0 });
      return { kind: "refused" };
    }
    const carried = { requestBytes: 0, responseBytes: 0 };
    return {
      kind: "open",
      from: source,
      say: (line) => {
        const answer = converse(line, connection.arrivedFrom ?? source);
        carried.requestBytes += line.length + 1;
        carried.responseBytes += answer?.length ?? 0;
        return answer;
      },
      close: () => network.finish(connection, carried),
    };
  };
}

interface UserParts extends TrafficParts {
  readonly workloads: Workloads;
  readonly run: (visit: Promise<void>) => Promise<void>;
}

/** Users of each load generator: as many as its USERS says, each waiting for a page before thinking about the next. */
function createUsers(parts: UserParts): (elapsedMs: number) => void {
  const waiting = new Map<string, number>();
  const clusters = parts.clusters.map((cluster) => generatorsIn(cluster, parts.network));
  const generators = (): readonly Generator[] => clusters.flatMap((generatorsNow) => generatorsNow());
  return (elapsedMs) => {
    for (const { place, users } of generators()) {
      const key = `${place.cluster.name}/${place.endpoint.namespace}/${place.endpoint.name}`;
      const busy = waiting.get(key) ?? 0;
      const thinking = Math.max(0, users - busy);
      const visits = Math.min(thinking, poisson((thinking * elapsedMs) / THINK_MS, parts.random));
      for (let visit = 0; visit < visits; visit += 1) {
        waiting.set(key, (waiting.get(key) ?? 0) + 1);
        void parts.run(parts.workloads.visit(place)).finally(() => waiting.set(key, (waiting.get(key) ?? 1) - 1));
      }
      if (waiting.get(key) === 0) waiting.delete(key);
    }
  };
}

interface Generator {
  readonly place: Place;
  readonly users: number;
}

function generatorsIn({ store, network: own }: TrafficCluster, network: Network): () => readonly Generator[] {
  const pods = loadGenerators(store);
  return () =>
    pods().flatMap((pod) => {
      const address = parseAddress(stringOf(valueAt(pod, "status", "podIP")));
      const place = address === undefined ? undefined : network.placeOf(address, own);
      return place === undefined ? [] : [{ place, users: Number(runtimeOf(pod).env.get("USERS") ?? DEFAULT_USERS) }];
    });
}

/** The pods that make load; looked for anew only when the pods are other ones, for a cluster may have thousands. */
function loadGenerators(store: ObjectStore): () => readonly KubeObject[] {
  let all: readonly KubeObject[] = [];
  let found: readonly KubeObject[] = [];
  return () => {
    const now = store.list("pods");
    if (now !== all) found = now.filter((pod) => runtimeOf(pod).image === "loadgenerator");
    all = now;
    return found;
  };
}

interface VisitorParts extends TrafficParts {
  readonly proxyOf: (cluster: string) => ServiceProxy;
  readonly caller: Caller;
  readonly run: (visit: Promise<void>) => Promise<void>;
}

/** Browsers on the internet: each visit goes to one ready endpoint of a load balancer's service. */
function createVisitors(parts: VisitorParts): (elapsedMs: number) => void {
  return (elapsedMs) => {
    for (const { network } of parts.clusters) {
      const proxy = parts.proxyOf(network.name);
      for (const { target } of proxy.loadBalancers()) {
        const visits = poisson((INTERNET_VISITS_PER_SECOND * elapsedMs) / 1000, parts.random);
        for (let visit = 0; visit < visits; visit += 1) {
          const translated = proxy.translate(target, parts.random);
          const from = pickOne(parts.internet.clientNetworks, parts.random);
          if (translated.kind !== "endpoint" || from === undefined) continue;
          const operation = pickOne(INTERNET_PAGES, parts.random) ?? "GET /";
          const source = from + between(1, 254, parts.random);
          void parts.run(
            parts.caller.callFromOutside(source, { cluster: network, target: translated.target, operation }),
          );
        }
      }
    }
  };
}
