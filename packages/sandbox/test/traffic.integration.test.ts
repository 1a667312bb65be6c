import { afterEach, describe, expect, it } from "vitest";
import { formatAddress, parseAddress, type Address } from "../src/dataplane/address";
import { createClusterDataplane } from "../src/dataplane/cluster-dataplane";
import { demoScenario } from "../src/demo";
import { demoInternet } from "../src/demo/internet";
import { startMeshEndpoints } from "../src/demo/mesh-endpoints";
import type { Observation } from "../src/goldmane/felix-flow";
import { valueAt } from "../src/json";
import type { SandboxCluster } from "../src/scenario-types";
import { createTraffic } from "../src/traffic/engine";
import { createFailureLog } from "../src/traffic/failures";
import { createNetwork, type JudgedPacket } from "../src/traffic/network";
import { seededRandom } from "../src/traffic/random";
import { turnedClock, type TurnedClock } from "@isthmus/std/testing";
import { create, materialise } from "./mesh-fixture";

const STEADY = { periodMs: 60_000, swing: 0, noise: 0 };

interface Seen extends Observation {
  readonly cluster: string;
}

interface Mesh {
  readonly clusters: readonly SandboxCluster[];
  readonly observed: Seen[];
  readonly judged: JudgedPacket[];
  readonly clock: TurnedClock;
  /** Lets traffic run for so long. */
  run(seconds: number): Promise<void>;
  /** Lets what is under way end, without new visits. */
  drain(): Promise<void>;
}

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

function startMesh(seed = 1): Mesh {
  const clusters = demoScenario.clusters.map(materialise);
  const observed: Seen[] = [];
  const judged: JudgedPacket[] = [];
  const clock = turnedClock(1_800_000_000_000);
  const parts = clusters.map(({ name, store }) => ({
    store,
    network: {
      name,
      dataplane: createClusterDataplane(store, (policy) => {
        throw new Error(`not programmed: ${policy.name}: ${policy.reason}`);
      }),
      observe: (observation: Observation) => observed.push({ ...observation, cluster: name }),
    },
  }));
  const stopMeshEndpoints = startMeshEndpoints(clusters);
  const errors: unknown[] = [];
  const traffic = createTraffic({
    clusters: parts,
    network: createNetwork(
      parts.map(({ network }) => network),
      (packet) => judged.push(packet),
    ),
    internet: demoInternet,
    load: STEADY,
    random: seededRandom(seed),
    clock,
    onError: (error) => errors.push(error),
  });
  closing.push(stopMeshEndpoints, () => traffic.close());
  return {
    clusters,
    observed,
    judged,
    clock,
    drain: () => clock.turn(30_000),
    run: async (seconds) => {
      for (let step = 0; step < seconds * 5; step += 1) {
        traffic.step(200);
        await clock.turn(200);
      }
      expect(errors).toEqual([]);
    },
  };
}

const storeOf = (mesh: Mesh, name: string) => {
  const cluster = mesh.clusters.find((candidate) => candidate.name === name);
  if (cluster === undefined) throw new Error(name);
  return cluster.store;
};

const portAt = (seen: readonly Seen[], cluster: string, reporter: "src" | "dst", port: number): readonly Seen[] =>
  seen.filter((one) => one.cluster === cluster && one.reporter === reporter && one.destinationPort === port);

const nodeAt = (mesh: Mesh, cluster: string, at: Address): unknown =>
  valueAt(
    storeOf(mesh, cluster)
      .list("pods")
      .find((pod) => valueAt(pod, "status", "podIP") === formatAddress(at)),
    "spec",
    "nodeName",
  );

const started = (seen: readonly Seen[]): number => seen.reduce((sum, { counters }) => sum + counters.started, 0);
const actions = (seen: readonly Seen[]): readonly string[] => [...new Set(seen.map(({ verdict }) => verdict.action))];
const eventsAbout = (mesh: Mesh, cluster: string, app: string) =>
  storeOf(mesh, cluster)
    .list("events")
    .filter((event) => String(valueAt(event, "involvedObject", "name")).startsWith(`${app}-`));

describe("the demo's traffic", () => {
  it("runs the shop over three clusters without a denial, each call seen at both ends", async () => {
    const mesh = startMesh();
    await mesh.run(60);
    expect(actions(mesh.observed)).toEqual(["allow"]);
    const perSecond = started(mesh.observed.filter(({ reporter }) => reporter === "src")) / 60;
    expect(perSecond).toBeGreaterThan(20);
    expect(perSecond).toBeLessThan(60);
    // checkout > payment, frontend > ad and cart > redis-cart cross clusters
    for (const [from, to, port] of [
      ["eu-west", "eu-central", 50051],
      ["eu-west", "us-east", 6379],
    ] as const) {
      expect(started(portAt(mesh.observed, from, "src", port))).toBeGreaterThan(0);
      expect(started(portAt(mesh.observed, to, "dst", port))).toBeGreaterThan(0);
    }
    const ads = started(portAt(mesh.observed, "eu-central", "dst", 9555));
    expect(ads).toBe(
      started(portAt(mesh.observed, "eu-west", "src", 9555)) + started(portAt(mesh.observed, "us-east", "src", 9555)),
    );
    // a service is known at its caller's node alone
    const known = mesh.observed.filter(({ reporter, service }) => reporter === "dst" && service !== undefined);
    expect(known.length).toBeGreaterThan(0);
    for (const { cluster, source, destination } of known) {
      expect(nodeAt(mesh, cluster, source)).toBe(nodeAt(mesh, cluster, destination));
    }
    // payment > public API, email > SMTP, DNS, and a client from outside
    expect(started(portAt(mesh.observed, "eu-central", "src", 443))).toBeGreaterThan(0);
    expect(started(portAt(mesh.observed, "eu-west", "src", 587))).toBeGreaterThan(0);
    expect(portAt(mesh.observed, "us-east", "src", 53).every(({ protocol }) => protocol === 17)).toBe(true);
    expect(mesh.observed.some(({ source }) => Number(source) >>> 8 === 0xc00002)).toBe(true);
  });

  it("does the same with the same seed, and something else with another", async () => {
    const trace = async (seed: number): Promise<string> => {
      const mesh = startMesh(seed);
      await mesh.run(5);
      return JSON.stringify(mesh.judged.map(({ cluster, direction, packet }) => [cluster, direction, packet]));
    };
    const first = await trace(7);
    expect(first.length).toBeGreaterThan(1_000);
    expect(await trace(7)).toBe(first);
    expect(await trace(8)).not.toBe(first);
  });
});

describe("a denial at the destination", () => {
  it("is an unanswered connection to its source; the caller times out and what follows does not happen", async () => {
    const mesh = startMesh();
    await mesh.run(5);
    const denying = create(storeOf(mesh, "eu-central"), "networkpolicies.projectcalico.org", {
      apiVersion: "projectcalico.org/v3",
      kind: "NetworkPolicy",
      metadata: { name: "default.no-payments", namespace: "payments" },
      spec: {
        tier: "default",
        order: 1,
        selector: "app == 'payment'",
        types: ["Ingress"],
        ingress: [{ action: "Deny" }],
      },
    });
    await mesh.drain();
    mesh.observed.length = 0;
    await mesh.run(120);
    await mesh.drain();

    const atSource = portAt(mesh.observed, "eu-west", "src", 50051).filter(
      ({ destination }) => Number(destination) >>> 16 === 0x0a14,
    );
    const atDestination = portAt(mesh.observed, "eu-central", "dst", 50051);
    expect(actions(atSource)).toEqual(["allow"]);
    expect(actions(atDestination)).toEqual(["deny"]);
    expect(started(atDestination)).toBeGreaterThan(0);
    expect(started(atSource)).toBe(started(atDestination));
    // unanswered: nothing came back, and the first packet was sent twice
    expect(atSource.reduce((sum, { counters }) => sum + counters.packetsIn, 0)).toBe(0);
    expect(atSource.reduce((sum, { counters }) => sum + counters.packetsOut, 0)).toBe(2 * started(atSource));
    // no payment, so no call to the payment API and no mail
    expect(started(portAt(mesh.observed, "eu-central", "src", 443))).toBe(0);
    expect(started(portAt(mesh.observed, "eu-west", "src", 587))).toBe(0);
    const event = eventsAbout(mesh, "eu-west", "checkout").find(({ reason }) => reason === "DeadlineExceeded");
    expect(event?.["message"]).toMatch(/^PaymentService\/Charge: dial 10\.20\.\d+\.\d+:50051: i\/o timeout/u);
    expect(event?.["count"]).toBeGreaterThan(0);

    const { namespace, name } = denying.metadata;
    storeOf(mesh, "eu-central").delete({ resource: "networkpolicies.projectcalico.org", namespace, name });
    mesh.observed.length = 0;
    await mesh.run(60);
    expect(started(portAt(mesh.observed, "eu-west", "src", 587))).toBeGreaterThan(0);
  });
});

describe("a denial at the source", () => {
  it("never reaches the destination", async () => {
    const mesh = startMesh();
    create(storeOf(mesh, "eu-west"), "globalnetworkpolicies.projectcalico.org", {
      apiVersion: "projectcalico.org/v3",
      kind: "GlobalNetworkPolicy",
      metadata: { name: "default.no-ads" },
      spec: {
        tier: "default",
        order: 1,
        selector: "app == 'frontend'",
        types: ["Egress"],
        egress: [{ action: "Deny", protocol: "TCP", destination: { ports: [9555] } }, { action: "Allow" }],
      },
    });
    await mesh.run(60);
    expect(actions(portAt(mesh.observed, "eu-west", "src", 9555))).toEqual(["deny"]);
    const callers = new Set(
      portAt(mesh.observed, "eu-central", "dst", 9555).map(({ source }) => Number(source) >>> 16),
    );
    expect([...callers]).toEqual([0x0a1e]);
    expect(eventsAbout(mesh, "eu-west", "frontend").map(({ reason }) => reason)).toContain("DeadlineExceeded");
  });

  it("of DNS leaves names unresolved and nothing dialled", async () => {
    const mesh = startMesh();
    create(storeOf(mesh, "us-east"), "globalnetworkpolicies.projectcalico.org", {
      apiVersion: "projectcalico.org/v3",
      kind: "GlobalNetworkPolicy",
      metadata: { name: "platform.first" },
      spec: {
        tier: "platform",
        order: 1,
        selector: "app == 'loadgenerator'",
        types: ["Egress"],
        egress: [{ action: "Deny" }],
      },
    });
    await mesh.run(30);
    const events = eventsAbout(mesh, "us-east", "loadgenerator");
    expect(events.map(({ reason }) => reason)).toEqual(["NameNotResolved"]);
    const [generator] = storeOf(mesh, "us-east")
      .list("pods", "boutique")
      .filter(({ metadata }) => metadata.labels?.["app"] === "loadgenerator");
    const address = parseAddress(String(valueAt(generator, "status", "podIP")));
    const sent = mesh.observed.filter(({ source }) => source === address);
    expect(sent.length).toBeGreaterThan(0);
    expect([...new Set(sent.map(({ destinationPort, verdict }) => `${destinationPort} ${verdict.action}`))]).toEqual([
      "53 deny",
    ]);
  });
});

describe("remote endpoints", () => {
  it("follow the pods of the other cluster", async () => {
    const mesh = startMesh();
    const ads = storeOf(mesh, "eu-central");
    const slice = ads.get({ resource: "endpointslices.discovery.k8s.io", namespace: "ads", name: "ad-abcde" });
    if (slice === undefined) throw new Error("no slice");
    const mirrored = () =>
      storeOf(mesh, "eu-west").get({
        resource: "endpointslices.discovery.k8s.io",
        namespace: "boutique",
        name: "ad-eu-central",
      });
    expect(valueAt(mirrored(), "endpoints")).toHaveLength(2);
    ads.update("endpointslices.discovery.k8s.io", {
      ...slice,
      endpoints: [{ addresses: ["10.20.0.99"], conditions: { ready: true } }],
    });
    await Promise.resolve();
    expect(valueAt(mirrored(), "endpoints")).toEqual([{ addresses: ["10.20.0.99"], conditions: { ready: true } }]);
    expect(valueAt(mirrored(), "ports")).toEqual([{ name: "grpc", port: 9555, protocol: "TCP" }]);
  });
});

describe("failures", () => {
  const failure = (mesh: Mesh) => {
    const [pod] = storeOf(mesh, "us-east").list("pods", "boutique");
    const place = parseAddress(String(valueAt(pod, "status", "podIP")));
    const caller = createClusterDataplane(storeOf(mesh, "us-east"), () => undefined)
      .program()
      .endpointAt(place ?? 0);
    if (caller === undefined) throw new Error("no pod");
    return { caller, callee: "cart:7070", reason: "DeadlineExceeded" as const, message: "i/o timeout" };
  };
  const events = (mesh: Mesh) => storeOf(mesh, "us-east").list("events");

  it("are counted into one Event, written every ten seconds, carried on by the next process, gone after an hour", () => {
    const mesh = startMesh();
    const store = storeOf(mesh, "us-east");
    const now = 1_800_000_000_000;
    const log = createFailureLog(store);
    for (let second = 0; second <= 10; second += 1) log.record(failure(mesh), now + second * 1000);
    expect(events(mesh)).toHaveLength(1);
    expect(events(mesh)[0]).toMatchObject({
      type: "Warning",
      reason: "DeadlineExceeded",
      count: 11,
      firstTimestamp: "2027-01-15T08:00:00Z",
      lastTimestamp: "2027-01-15T08:00:10Z",
    });
    const version = store.resourceVersion;
    log.record(failure(mesh), now + 15_000);
    expect(store.resourceVersion).toBe(version);

    createFailureLog(store).record(failure(mesh), now + 60_000);
    expect(events(mesh)[0]).toMatchObject({ count: 12, firstTimestamp: "2027-01-15T08:00:00Z" });

    createFailureLog(store).record({ ...failure(mesh), callee: "ad:9555" }, now + 60_000 + 3_600_001);
    expect(events(mesh).map(({ count }) => count)).toEqual([1]);
  });
});
