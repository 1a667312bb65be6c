import {
  buildWorld,
  compileMesh,
  compileSelector,
  judgeEndpoint,
  labelMap,
  parseSelector,
  type LabelMap,
  type MeshInput,
  type SelectorNode,
  type World,
} from "../src/index";
import type { BenchRow } from "@isthmus/bench-rows";
import { medianMs, randomOf } from "./measure";

const SELECTORS = [
  "app == 'app-1' && tier in {'front', 'back'}",
  "app in {'app-1', 'app-2', 'app-3'} || !has(team)",
  "team != 'team-3' && app starts with 'app-1'",
  "!(app == 'app-7' || tier == 'front') && has(team)",
];

/** The plainest reading of a selector: walk the tree for every question. */
function interpret(node: SelectorNode, labels: LabelMap): boolean {
  switch (node.kind) {
    case "all":
    case "global":
      return true;
    case "has":
      return labels.has(node.label);
    case "membership":
      return node.values.includes(labels.get(node.label) ?? "\0") === (node.operator === "in");
    case "not":
      return !interpret(node.operand, labels);
    case "and":
      return node.operands.every((operand) => interpret(operand, labels));
    case "or":
      return node.operands.some((operand) => interpret(operand, labels));
    case "compare": {
      const value = labels.get(node.label);
      if (node.operator === "!=") return value !== node.value;
      if (value === undefined) return false;
      if (node.operator === "==") return value === node.value;
      if (node.operator === "contains") return value.includes(node.value);
      return node.operator === "starts with" ? value.startsWith(node.value) : value.endsWith(node.value);
    }
  }
}

function parsed(text: string): SelectorNode {
  const result = parseSelector(text);
  if (!result.ok) throw new Error(text);
  return result.value;
}

function matching(): BenchRow {
  const random = randomOf(1);
  const pick = (of: number) => Math.floor(random() * of);
  const endpoints = Array.from({ length: 20_000 }, () =>
    labelMap({
      app: `app-${pick(50)}`,
      tier: ["front", "back", "data"][pick(3)] ?? "",
      ...(pick(2) && { team: `team-${pick(9)}` }),
    }),
  );
  const nodes = SELECTORS.map(parsed);
  const matchers = nodes.map(compileSelector);
  let [a, b] = [0, 0];
  const questions = endpoints.length * nodes.length;
  const baselineMs = medianMs(7, () => {
    a = 0;
    for (const node of nodes) for (const labels of endpoints) if (interpret(node, labels)) a += 1;
  });
  const compiledMs = medianMs(7, () => {
    b = 0;
    for (const matches of matchers) for (const labels of endpoints) if (matches(labels)) b += 1;
  });
  if (a !== b) throw new Error(`compiled selectors match ${b}, interpreted ones ${a}`);
  return row(
    "selector matches, compiled",
    { value: questions / compiledMs / 1000, baseline: questions / baselineMs / 1000, unit: "M/s" },
    { least: 1 },
  );
}

function meshOf(podsPerCluster: number): MeshInput {
  const ids = ["west", "central", "east"];
  const namespaces = Array.from({ length: 20 }, (_, i) => `ns-${i}`);
  const clusters = ids.map((id, at) => ({
    id,
    name: id,
    labels: {},
    network: "flat",
    podCidrs: [`10.${at}.0.0/16`],
    readOnly: false,
    namespaces: namespaces.map((name, i) => ({ name, labels: { team: `team-${i % 5}` } })),
    pods: Array.from({ length: podsPerCluster }, (_, i) => ({
      namespace: `ns-${i % 20}`,
      name: `app-${i % 100}-${i}`,
      labels: { app: `app-${i % 100}`, tier: ["front", "back", "data"][i % 3] ?? "" },
      serviceAccount: `app-${i % 100}`,
      addresses: [`10.${at}.${Math.floor(i / 250)}.${(i % 250) + 1}`],
      workload: { kind: "Deployment", name: `app-${i % 100}` },
    })),
    unmanagedPolicies: [],
    existingTiers: [],
  }));
  const policies = Array.from({ length: 100 }, (_, i) => ({
    policyId: `p${i}`,
    revisionId: "r1",
    applicationId: "a1",
    clusterIds: ids,
    manifest: {
      apiVersion: "projectcalico.org/v3",
      kind: "NetworkPolicy",
      metadata: { name: `p${i}`, namespace: `ns-${i % 20}` },
      spec: {
        tier: "mesh",
        selector: `app == 'app-${i}'`,
        ingress: [
          {
            action: "Allow",
            protocol: "TCP",
            source: { selector: `app in {'app-${(i + 1) % 100}', 'app-${(i + 20) % 100}'}` },
            destination: { ports: [80] },
          },
        ],
        egress: [
          { action: "Deny", destination: { selector: "tier == 'data'", namespaceSelector: `team == 'team-${i % 5}'` } },
        ],
      },
    },
  }));
  const publications = ids.flatMap((sourceClusterId) =>
    ids
      .filter((id) => id !== sourceClusterId)
      .flatMap((targetClusterId) => namespaces.map((namespace) => ({ sourceClusterId, namespace, targetClusterId }))),
  );
  return { clusters, tiers: [{ name: "mesh", order: 100, defaultAction: "Pass" }], policies, publications };
}

function meshes(): readonly BenchRow[] {
  const full = medianMs(5, () => void compileMesh(meshOf(1000)));
  const same = meshOf(1000);
  const resources = compileMesh(same).clusters.reduce((sum, { resources: r }) => sum + r.length, 0);
  const unchanged = medianMs(5, () => void compileMesh(same));
  const moved = (): MeshInput => {
    const [first, ...rest] = same.clusters;
    return first ? { ...same, clusters: [{ ...first }, ...rest] } : same;
  };
  const one = medianMs(5, () => void compileMesh(moved()));
  return [
    row(
      `mesh of 3 x 1,000 pods, 100 policies: ${resources} resources`,
      { value: full, baseline: full, unit: "ms" },
      { most: 2000 },
    ),
    row("the same mesh again", { value: unchanged, baseline: full, unit: "ms" }, { most: 500 }),
    row("the same mesh, one cluster reported anew", { value: one, baseline: full, unit: "ms" }, { most: 1000 }),
  ];
}

/** A thousand clusters of 200 pods, to which one policy goes; nothing is published. */
function fleetOf(count: number): MeshInput {
  const [sample] = meshOf(200).clusters;
  if (!sample) throw new Error("the mesh has no cluster");
  const clusters = Array.from({ length: count }, (_, at) => ({ ...sample, id: `c${at}`, name: `c${at}` }));
  const [policy] = meshOf(1).policies;
  const policies = policy ? [{ ...policy, clusterIds: clusters.map(({ id }) => id) }] : [];
  return { ...meshOf(1), clusters, policies, publications: [] };
}

function fleet(): BenchRow {
  const compileAnew = (input: MeshInput) => medianMs(5, () => void compileMesh(input));
  const [hundred, thousand] = [fleetOf(100), fleetOf(1000)].map(compileAnew);
  return row(
    "fleet of 1,000 x 200 pods, one policy to all (baseline: 100 clusters)",
    { value: thousand ?? 0, baseline: hundred ?? 0, unit: "ms" },
    { most: 500 },
  );
}

/** Verdicts with trace at the pods of one cluster, against compiling the policies anew for every packet. */
function verdicts(): BenchRow {
  const [west] = meshOf(500).clusters;
  const { policies, tiers } = meshOf(500);
  if (!west) throw new Error("the mesh has no cluster");
  const manifests = [
    ...tiers.map(({ name, order, defaultAction }) => ({
      apiVersion: "projectcalico.org/v3",
      kind: "Tier",
      metadata: { name },
      spec: { order: order ?? 0, defaultAction },
    })),
    ...policies.map(({ manifest }) => manifest),
  ];
  const world = buildWorld({ namespaces: west.namespaces, pods: west.pods, manifests });
  const pairs = world.endpoints.flatMap((endpoint, i) => {
    const peer = world.endpoints[(i * 7 + 1) % world.endpoints.length]?.addresses[0];
    const own = endpoint.addresses[0];
    return peer && own
      ? [{ endpoint, packet: { source: peer, destination: own, protocol: 6, destinationPort: 80 } }]
      : [];
  });
  const judgeAll = (where: World, rounds: number) => {
    for (let n = 0; n < rounds; n += 1) {
      for (const { endpoint, packet } of pairs) judgeEndpoint(where, { endpoint, direction: "ingress", packet });
    }
  };
  judgeAll(world, 5);
  const fastMs = medianMs(5, () => judgeAll(world, 20)) / 20;
  // A world with fresh policy objects remembers nothing.
  const anew = (): World => ({
    ...world,
    tiers: world.tiers.map((tier) => ({ ...tier, policies: tier.policies.map((policy) => ({ ...policy })) })),
  });
  const [sample] = pairs;
  const slowMs =
    medianMs(20, () => sample && void judgeEndpoint(anew(), { ...sample, direction: "ingress" })) * pairs.length;
  const perSecond = (ms: number) => pairs.length / ms;
  return row(
    "verdicts with trace, 100 policies",
    { value: perSecond(fastMs), baseline: perSecond(slowMs), unit: "k/s" },
    { least: 10 },
  );
}

interface Measured {
  readonly value: number;
  readonly baseline: number;
  readonly unit: string;
}

function row(
  name: string,
  { value, baseline, unit }: Measured,
  bound: { readonly least?: number; readonly most?: number },
): BenchRow {
  const ratio = bound.most === undefined ? value / baseline : baseline / value;
  const target = bound.most === undefined ? `at least ${bound.least ?? 0}x the baseline` : `under ${bound.most} ms`;
  const holds = bound.most === undefined ? ratio >= (bound.least ?? 0) : value < bound.most;
  const round = (figure: number) => Math.round(figure * 100) / 100;
  return { name, value: round(value), unit, baseline: round(baseline), ratio: round(ratio), target, holds };
}

/** Measures selectors and the federation compiler. */
export function run(): Promise<BenchRow[]> {
  return Promise.resolve([matching(), verdicts(), ...meshes(), fleet()]);
}
