import { expect } from "vitest";
import { validateResource } from "../decode/parse-resource";
import type { Endpoint } from "../evaluate/endpoint";
import { judgeEndpoint, type Occasion } from "../evaluate/judge";
import { policyHits, type JudgedVerdict, type TracePolicy } from "../evaluate/trace";
import type { World } from "../evaluate/world";
import { compileMesh } from "../federation/compile";
import { RULE_ANNOTATION } from "../federation/names";
import type { AcceptedDifference, ClusterPlan, MeshCluster, MeshInput, MeshPlan } from "../federation/types";
import type { Direction, Policy } from "../model/policy";
import { formatAddress, parseAddress, type IpAddress } from "../net/address";
import type { RandomMesh } from "./arbitrary-mesh";
import { count, countPlan, countVerdict, type Tally } from "./federation-tally";
import { compiledWorld, isManaged, referenceWorld, remoteEndpoints, type RemoteEndpoint } from "./mesh-reference";

/** The compiler, or one that was broken on purpose. */
export type CompileMesh = (input: MeshInput) => MeshPlan;

const TRAFFIC = [
  { protocol: 6, destinationPort: 80, sourcePort: 40_000 },
  { protocol: 6, destinationPort: 81, sourcePort: 40_000 },
  { protocol: 6, destinationPort: 8080, sourcePort: 40_000 },
  { protocol: 17, destinationPort: 53, sourcePort: 40_000 },
];

const OUTSIDERS = ["192.168.1.1", "172.16.0.1", "10.2.0.3", "2001:db8::1"];

/** A world with its policies by name. */
interface Judged {
  readonly world: World;
  readonly policies: ReadonlyMap<string, Policy>;
}

const nameOf = ({ kind, namespace, name }: TracePolicy): string => `${kind} ${namespace}/${name}`;

const judged = (world: World): Judged => ({
  world,
  policies: new Map(world.tiers.flatMap(({ policies }) => policies.map((policy) => [nameOf(policy), policy]))),
});

/** Verdict, deciding rules and Log rules of managed policies, by the index that their author gave them. */
function summary({ policies }: Judged, direction: Direction, { verdict, trace }: JudgedVerdict): string {
  const written = (policy: TracePolicy, index: number): string => {
    const rule = policies.get(nameOf(policy))?.[direction][index];
    return rule?.annotations[RULE_ANNOTATION] ?? String(index);
  };
  const hits = policyHits(trace).map((hit) => {
    const rule = hit.ruleIndex < 0 ? "-1" : written({ ...hit, kind: hit.kind as TracePolicy["kind"] }, hit.ruleIndex);
    return `${hit.kind} ${hit.tier} ${hit.namespace}/${hit.name} ${hit.action} ${hit.policyIndex} ${rule} ${hit.trigger ? nameOf(hit.trigger) : ""}`;
  });
  const logs = trace.flatMap((step) =>
    step.kind === "rule" && step.action === "Log" && isManaged(policies.get(nameOf(step.policy)))
      ? [`${nameOf(step.policy)} logs ${written(step.policy, step.ruleIndex)}`]
      : [],
  );
  return [verdict, ...hits, ...new Set(logs)].join("\n");
}

function peersOf({ input }: RandomMesh): readonly IpAddress[] {
  const texts = input.clusters.flatMap(({ pods }) => pods.flatMap((pod) => pod.addresses));
  return [...new Set([...texts, ...OUTSIDERS])].flatMap((text) => parseAddress(text) ?? []);
}

function* occasionsOf(endpoint: Endpoint, peers: readonly IpAddress[]): Generator<Occasion & { peer: IpAddress }> {
  for (const peer of peers) {
    const own = endpoint.addresses.find(({ version }) => version === peer.version) ?? {
      version: peer.version,
      value: 1n,
    };
    for (const direction of ["ingress", "egress"] as const) {
      const ends = direction === "ingress" ? { source: peer, destination: own } : { source: own, destination: peer };
      for (const traffic of TRAFFIC) yield { endpoint, direction, peer, packet: { ...traffic, ...ends } };
    }
  }
}

type HostOccasion = Occasion & { readonly peer: IpAddress };

/** Packets at a host endpoint: its own ones, and those that it forwards between the others. */
function* occasionsAtHost(
  endpoint: Endpoint,
  { peers, others }: { readonly peers: readonly IpAddress[]; readonly others: readonly IpAddress[] },
): Generator<HostOccasion> {
  const [traffic] = TRAFFIC;
  if (!traffic) return;
  for (const occasion of occasionsOf(endpoint, peers)) {
    if (occasion.packet.destinationPort === traffic.destinationPort) yield { ...occasion, route: "local" };
  }
  for (const peer of peers) {
    for (const other of others.filter(({ version }) => version === peer.version)) {
      const forward = { endpoint, peer, route: "forwarded" as const };
      yield { ...forward, direction: "ingress", packet: { ...traffic, source: peer, destination: other } };
      yield { ...forward, direction: "egress", packet: { ...traffic, source: other, destination: peer } };
    }
  }
}

const KEEPS_AWAY: ReadonlySet<string> = new Set(["would-change-unmanaged-policy", "unknown-unmanaged-policy"]);

/** What was approved is published, unless a problem says why not. */
function expectPublished(remote: readonly RemoteEndpoint[], plan: ClusterPlan): void {
  if (plan.problems.some(({ code, severity }) => KEEPS_AWAY.has(code) && severity === "error")) return;
  const published = plan.publishedSets.map((s) => `${s.sourceClusterId}/${s.namespace}/${s.workloadName}`);
  const wanted = remote.filter(({ addresses }) => addresses.length > 0).map(({ workload }) => workload);
  expect([...new Set(published)].sort()).toEqual([...new Set(wanted)].sort());
}

const TELLS_OF_GAPS: ReadonlySet<string> = new Set([
  ...KEEPS_AWAY,
  "peer-not-published",
  "ambiguous-address",
  "address-outside-pod-ranges",
]);

/** Everything that is compared in one cluster. */
interface Scene {
  readonly plan: ClusterPlan;
  readonly actual: Judged;
  readonly wanted: Judged;
  /** The meaning if every endpoint that has a route were published; undefined where federation is not in use. */
  readonly ideal: Judged | undefined;
  readonly published: ReadonlySet<string>;
  readonly tally: Tally;
}

function expectSameVerdict(scene: Scene, at: number, occasion: Occasion & { peer: IpAddress }): void {
  const { actual, wanted, ideal, tally } = scene;
  const isHost = occasion.endpoint.kind === "host";
  const ask = ({ world }: Judged) => {
    const endpoint = (isHost ? world.hostEndpoints : world.endpoints)[at];
    return judgeEndpoint(world, { ...occasion, endpoint: endpoint ?? occasion.endpoint });
  };
  const [got, meant] = [ask(actual), ask(wanted)];
  const { direction } = occasion;
  const said = [summary(actual, direction, got), summary(actual, direction, got.pending)];
  const written = [summary(wanted, direction, meant), summary(wanted, direction, meant.pending)];
  if (said.join("\n\n") !== written.join("\n\n")) expect({ occasion, said }).toEqual({ occasion, said: written });
  const findPolicy = (policy: TracePolicy) => wanted.policies.get(nameOf(policy));
  countVerdict(tally, meant, { findPolicy, remote: scene.published.has(formatAddress(occasion.peer)) });
  if (!ideal || said[0] === summary(ideal, direction, ask(ideal))) return;
  count(tally, "gap that a problem tells of");
  expect(scene.plan.problems.filter(({ code }) => TELLS_OF_GAPS.has(code))).not.toEqual([]);
}

function expectSameInCluster(
  mesh: RandomMesh,
  cluster: MeshCluster,
  { plan, tally }: { plan: ClusterPlan; tally: Tally },
): void {
  const approved = remoteEndpoints(mesh, cluster, "approved");
  expectPublished(approved, plan);
  for (const { manifest } of plan.resources) expect(validateResource(manifest)).toEqual([]);
  countPlan(tally, mesh.input, { cluster, plan });
  const published = new Set(plan.publishedSets.map((s) => `${s.sourceClusterId}/${s.namespace}/${s.workloadName}`));
  const remote = approved.filter(({ workload }) => published.has(workload));
  const all = remoteEndpoints(mesh, cluster, "all");
  const inUse = mesh.input.publications.some(({ targetClusterId }) => targetClusterId === cluster.id);
  const known = remote.reduce((sum, { addresses }) => sum + addresses.length, 0);
  const hasGap = all.reduce((sum, { addresses }) => sum + addresses.length, 0) > known;
  const scene: Scene = {
    plan,
    tally,
    actual: judged(compiledWorld(mesh, cluster, plan)),
    wanted: judged(referenceWorld(mesh, cluster, { plan, remote })),
    ideal: inUse && hasGap ? judged(referenceWorld(mesh, cluster, { plan, remote: all })) : undefined,
    published: new Set(remote.flatMap(({ addresses }) => addresses.map(formatAddress))),
  };
  const peers = peersOf(mesh);
  for (const [at, endpoint] of scene.actual.world.endpoints.entries()) {
    for (const occasion of occasionsOf(endpoint, peers)) expectSameVerdict(scene, at, occasion);
  }
  const { endpoints, hostEndpoints } = scene.actual.world;
  const others = [
    ...endpoints.flatMap(({ addresses }) => addresses.slice(0, 1)),
    ...remote.flatMap(({ addresses }) => addresses.slice(0, 1)).slice(0, 3),
  ];
  for (const [at, endpoint] of hostEndpoints.entries()) {
    for (const occasion of occasionsAtHost(endpoint, { peers, others })) {
      if (occasion.route === "forwarded") count(tally, "forwarded packet");
      expectSameVerdict(scene, at, occasion);
    }
  }
}

/** What a person would accept who accepts everything. */
const acceptances = ({ clusters }: MeshPlan): readonly AcceptedDifference[] =>
  clusters.flatMap(({ clusterId, problems }) =>
    problems.flatMap(({ code, ref, fingerprint }) =>
      KEEPS_AWAY.has(code) && ref && fingerprint ? [{ clusterId, ref, fingerprint }] : [],
    ),
  );

/**
 * Fails unless every cluster gives every packet the verdict, and the deciding rules, of the original policies over the
 * mesh, enforced and pending. Counts what was in play.
 */
export function expectSameMeaning(drawn: RandomMesh, tally: Tally, compile: CompileMesh = compileMesh): void {
  const accepted = drawn.accepts ? acceptances(compile(drawn.input)) : [];
  const mesh: RandomMesh = { ...drawn, input: { ...drawn.input, accepted } };
  const plans = new Map(compile(mesh.input).clusters.map((plan) => [plan.clusterId, plan]));
  for (const cluster of mesh.input.clusters) {
    const plan = plans.get(cluster.id);
    if (!plan) throw new Error("a cluster has no plan");
    expectSameInCluster(mesh, cluster, { plan, tally });
  }
}
