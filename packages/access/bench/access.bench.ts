import type { BenchRow } from "@isthmus/bench-rows";
import {
  authorize,
  compileAccess,
  explainAccess,
  widens,
  type AccessInput,
  type BindingScope,
  type Permission,
  type Resource,
} from "../src/index";
import { naiveAuthorize } from "../src/testing/naive";

const CLUSTERS = 200;
const BINDINGS = 500;
const NAMESPACES = 60;
const TIERS = 12;

/** A number generator that is the same in every run (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

const uuid = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;
const several = (count: number, one: () => string): readonly string[] => [
  ...new Set(Array.from({ length: count }, one)),
];

function scopeOf(random: (below: number) => number): BindingScope {
  const kind = random(4);
  const clusters: BindingScope["clusters"] =
    kind === 0
      ? { kind: "selector", selector: `env == 'e${random(5)}' && team == 't${random(40)}'` }
      : kind === 1
        ? { kind: "selector", selector: `region in {'r${random(8)}', 'r${random(8)}'}` }
        : { kind: "ids", ids: several(1 + random(6), () => uuid(random(CLUSTERS))) };
  return {
    clusters,
    namespaces: random(3) === 0 ? "all" : several(1 + random(4), () => `ns-${random(NAMESPACES)}`),
    tiers: random(2) === 0 ? "all" : several(1 + random(3), () => `tier-${random(TIERS)}`),
  };
}

/** A person in very many groups: 500 bindings, hardly two of them alike, over 200 clusters. */
function busyPerson(): AccessInput {
  const random = randomOf(7);
  const roles = ["viewer", "tier-editor", "security-engineer", "platform-operator", "custom"];
  return {
    bindings: Array.from({ length: BINDINGS }, (_, at) => ({
      id: uuid(at),
      roleId: roles[random(roles.length)] ?? "viewer",
      holder: { kind: "group", providerId: "p", group: `g-${at}` },
      scope: scopeOf(random),
    })),
    roles: [{ id: "custom", name: "Custom", permissions: ["policies.read", "policies.write", "tiers.read"] }],
    clusters: Array.from({ length: CLUSTERS }, (_, at) => ({
      id: uuid(at),
      name: `cluster-${at}`,
      labels: { env: `e${at % 5}`, team: `t${at % 40}`, region: `r${at % 8}` },
    })),
  };
}

type Asked = readonly [permission: Permission, resource: Resource];

function questions(count: number): readonly Asked[] {
  const random = randomOf(11);
  const cluster = (): string => uuid(random(CLUSTERS + 5));
  const [namespace, tier] = [() => `ns-${random(NAMESPACES + 5)}`, () => `tier-${random(TIERS + 2)}`];
  const kinds: readonly (() => Asked)[] = [
    () => ["inventory.read", { kind: "place", clusterId: cluster(), namespace: namespace() }],
    () => ["clusters.manage", { kind: "cluster", clusterId: cluster() }],
    () => [
      "policies.read",
      { kind: "policy", tier: tier(), namespace: namespace(), clusterIds: [cluster(), cluster()] },
    ],
    () => [
      "policies.apply",
      { kind: "policy", tier: tier(), namespace: namespace(), clusterIds: [cluster(), cluster(), cluster()] },
    ],
    () => ["members.manage", { kind: "organisation" }],
  ];
  return Array.from({ length: count }, (_, at): Asked => (kinds[at % kinds.length] as () => Asked)());
}

/** Microseconds that one of many takes, the median of several rounds after a round to warm up. */
function microseconds(rounds: number, count: number, all: () => void): number {
  const times = Array.from({ length: rounds + 1 }, () => {
    const started = performance.now();
    all();
    return ((performance.now() - started) * 1000) / count;
  });
  const sorted = times.slice(1).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const round = (figure: number): number => Math.round(figure * 100) / 100;

function row(name: string, [value, baseline]: readonly [number, number], most: number): BenchRow {
  return {
    name,
    value: round(value),
    unit: "µs",
    baseline: round(baseline),
    ratio: round(baseline / value),
    target: `under ${most} µs`,
    holds: value < most,
  };
}

/** Measures questions about access with 500 bindings, and the work of compiling it, beside a plain walk over bindings. */
export function run(): Promise<BenchRow[]> {
  const person = busyPerson();
  const access = compileAccess(person);
  const many = questions(5000);
  const ask = (asked: readonly Asked[]) => (): number =>
    asked.filter(([permission, resource]) => authorize(access, permission, resource)).length;
  const walk = (asked: readonly Asked[]) => (): number =>
    asked.filter(([permission, resource]) => naiveAuthorize(person, permission, resource)).length;
  const few = many.slice(0, 250);
  if (ask(few)() !== walk(few)()) throw new Error("the index and the walk disagree");
  const one = microseconds(15, many.length, ask(many));
  const walked = microseconds(3, few.length, walk(few));

  const everywhere: Asked = [
    "policies.read",
    { kind: "policy", tier: "no-tier", namespace: "no-namespace", clusterIds: person.clusters.map(({ id }) => id) },
  ];
  const wide = Array.from({ length: 200 }, () => everywhere);
  const compile = microseconds(25, 1, () => compileAccess(person));
  const lists = microseconds(15, 1, () => {
    const fresh = compileAccess(person);
    fresh.clusters("clusters.read");
    fresh.boxes("policies.read");
    for (const permission of ["inventory.read", "flows.read", "publications.read"] as const) fresh.places(permission);
  });
  // What a page would pay without an index: which of the clusters may be read, by one walk each.
  const [pageStarted, page] = [
    performance.now(),
    person.clusters.map(({ id }): Asked => ["clusters.read", { kind: "cluster", clusterId: id }]),
  ];
  walk(page)();
  const paged = (performance.now() - pageStarted) * 1000;
  const moved = compileAccess({
    ...person,
    clusters: person.clusters.map((cluster, at) => (at === 3 ? { ...cluster, labels: { env: "e1" } } : cluster)),
  });
  const [asked, of] = many[3] as Asked;
  return Promise.resolve([
    row(`authorize with ${BINDINGS} bindings over ${CLUSTERS} clusters`, [one, walked], 20),
    row(
      `authorize of a policy on ${CLUSTERS} clusters`,
      [microseconds(5, wide.length, ask(wide)), microseconds(1, 3, walk(wide.slice(0, 3)))],
      200,
    ),
    row(`compileAccess of ${BINDINGS} bindings over ${CLUSTERS} clusters`, [compile, paged], 100_000),
    row("compileAccess with what lists are narrowed by", [lists, paged], 200_000),
    row(
      "widens after a cluster's labels changed",
      [microseconds(3, 1, () => widens(access, moved)), compile],
      1_000_000,
    ),
    row(
      "explainAccess",
      [microseconds(5, 1, () => explainAccess({ ...person, subject: "Ada" }, asked, of)), compile],
      200_000,
    ),
  ]);
}
