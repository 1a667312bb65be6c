import { buildWorld, labelMap, type World, type WorldInput, type WorldPod } from "../src/index";
import { randomOf } from "./measure";

/** How large a generated mesh is. */
export interface MeshSize {
  readonly pods: number;
  readonly policies: number;
  readonly namespaces: number;
}

type Random = () => number;

const CALICO = "projectcalico.org/v3";

/** Draws 0 … count - 1 with weights 1 / (rank + 1)^skew, as label values of real clusters are spread. */
function zipf(count: number, skew: number, random: Random): () => number {
  const sums: number[] = [];
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) sums.push((total += 1 / (rank + 1) ** skew));
  return () => {
    const at = random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

interface Draw {
  readonly random: Random;
  readonly below: (count: number) => number;
  readonly of: <T>(first: T, ...others: readonly T[]) => T;
  readonly chance: (share: number) => boolean;
}

function draws(seed: number): Draw {
  const random = randomOf(seed);
  const below = (count: number) => Math.floor(random() * count);
  return {
    random,
    below,
    of: (first, ...others) => [first, ...others][below(others.length + 1)] ?? first,
    chance: (share) => random() < share,
  };
}

interface App {
  readonly namespace: number;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly serviceAccount: string;
  readonly ports: NonNullable<WorldPod["ports"]>;
}

const PORT_NAMES = [
  [{ name: "http", protocol: 6, port: 8080 }],
  [
    { name: "http", protocol: 6, port: 80 },
    { name: "metrics", protocol: 6, port: 9090 },
  ],
  [{ name: "grpc", protocol: 6, port: 9000 }],
  [],
] as const;

function appOf(namespace: number, at: number, draw: Draw): App {
  const name = `app-${at}`;
  const tier = draw.of("front", "back", "back", "data");
  const env = draw.of("prod", "prod", "prod", "stage", "test");
  return {
    namespace,
    name,
    tier,
    labels: { app: name, tier, env, ...(draw.chance(0.1) && { legacy: "true" }) },
    serviceAccount: draw.chance(0.7) ? name : "default",
    ports: PORT_NAMES[draw.below(PORT_NAMES.length)] ?? [],
  };
}

/** Apps of every namespace; a large namespace has more of them. */
function appsOf(size: MeshSize, draw: Draw): readonly App[] {
  const perNamespace = (namespace: number) => Math.max(3, Math.round(28 / (namespace + 1) ** 0.28));
  return Array.from({ length: size.namespaces }, (_, namespace) =>
    Array.from({ length: perNamespace(namespace) }, (__, at) => appOf(namespace, at, draw)),
  ).flat();
}

const address = (index: number): string => `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;

function podsOf(size: MeshSize, apps: readonly App[], draw: Draw): readonly WorldPod[] {
  const byNamespace = new Map<number, App[]>();
  for (const app of apps) byNamespace.set(app.namespace, [...(byNamespace.get(app.namespace) ?? []), app]);
  const pickNamespace = zipf(size.namespaces, 0.55, draw.random);
  const pickers = new Map([...byNamespace].map(([at, list]) => [at, zipf(list.length, 0.6, draw.random)]));
  return Array.from({ length: size.pods }, (_, index) => {
    const at = pickNamespace();
    const app = byNamespace.get(at)?.[pickers.get(at)?.() ?? 0];
    if (!app) throw new Error("a namespace has no apps");
    const version = draw.chance(0.15) ? "v2" : "v1";
    return {
      namespace: `ns-${at}`,
      name: `${app.name}-${index}`,
      labels: {
        ...app.labels,
        version,
        "pod-template-hash": `${app.name}-${at}-${version}`,
        ...(app.tier === "data" && { "statefulset.kubernetes.io/pod-name": `${app.name}-${index}` }),
      },
      serviceAccount: app.serviceAccount,
      addresses: [address(index)],
      ports: app.ports,
    };
  });
}

interface Plan {
  readonly size: MeshSize;
  readonly apps: readonly App[];
  readonly draw: Draw;
}

/** What a selector over pods asks; one in five negates or offers a choice. */
function appSelector({ draw }: Plan, { name, tier }: App): string {
  if (!draw.chance(0.2)) return draw.chance(0.3) ? `app == '${name}' && tier == '${tier}'` : `app == '${name}'`;
  return draw.of(
    `app == '${name}' && env != 'test'`,
    `app == '${name}' && !has(legacy)`,
    `app == '${name}' || app == 'app-${draw.below(20)}'`,
    `app in {'${name}'} && version not in {'v2', 'v3'}`,
    `!(tier == 'front') && app == '${name}'`,
  );
}

const namespaceOf = ({ namespace }: App): string => `ns-${namespace}`;

function peer(plan: Plan, app: App): Record<string, unknown> {
  const { draw, apps } = plan;
  const other = apps[draw.below(apps.length)] ?? app;
  const same = apps.filter(({ namespace }) => namespace === app.namespace);
  const near = same[draw.below(same.length)] ?? app;
  const kind = draw.random();
  if (kind < 0.5) return { selector: appSelector(plan, near) };
  if (kind < 0.72) {
    return {
      selector: appSelector(plan, other),
      namespaceSelector: `projectcalico.org/name == '${namespaceOf(other)}'`,
    };
  }
  if (kind < 0.82)
    return { namespaceSelector: `team == 'team-${draw.below(12)}'`, selector: `tier == '${other.tier}'` };
  if (kind < 0.89) return { nets: [`198.51.${draw.below(100)}.0/24`, "192.168.0.0/16"] };
  if (kind < 0.9) return { nets: [draw.of("10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16")] };
  if (kind < 0.94) return { serviceAccounts: { names: [other.name] }, namespaceSelector: "all()" };
  if (kind < 0.97) return { notSelector: `tier == '${other.tier}'` };
  return {
    selector: `set == 'set-${draw.below(40)}'`,
    namespaceSelector: "global()",
    notNets: [`172.16.${draw.below(200)}.0/24`],
  };
}

function traffic({ draw }: Plan): { readonly protocol?: string; readonly ports?: readonly (number | string)[] } {
  const kind = draw.random();
  if (kind < 0.55) return { protocol: "TCP", ports: [draw.of<number | string>(80, 443, 8080, 9000, 9090, 5432, 6379)] };
  if (kind < 0.7) return { protocol: "TCP", ports: [draw.of("http", "metrics", "grpc")] };
  if (kind < 0.8) return { protocol: "TCP", ports: [80, 443, "8000:9000"] };
  if (kind < 0.9) return { protocol: "UDP", ports: [53] };
  return draw.of({}, { protocol: "TCP" });
}

interface RuleKind {
  readonly ingress: boolean;
  readonly actions: readonly [string, ...string[]];
}

function rule(plan: Plan, app: App, { ingress, actions }: RuleKind): unknown {
  const { protocol, ports } = traffic(plan);
  const far = peer(plan, app);
  const own = ports ? { ports } : {};
  return {
    action: plan.draw.of(...actions),
    ...(protocol && { protocol }),
    ...(ingress ? { source: far, destination: own } : { destination: { ...far, ...own } }),
  };
}

function rules(plan: Plan, app: App, kind: RuleKind & { readonly most: number }): readonly unknown[] {
  return Array.from({ length: 1 + plan.draw.below(kind.most) }, () => rule(plan, app, kind));
}

/** A policy for one app of one namespace. */
function appPolicy(plan: Plan, index: number): unknown {
  const { draw, apps } = plan;
  const app = apps[draw.below(apps.length)];
  if (!app) throw new Error("the mesh has no apps");
  const actions = ["Allow", "Allow", "Allow", "Allow", "Deny", "Pass"] as const;
  const staged = draw.chance(0.04);
  return {
    apiVersion: CALICO,
    kind: staged ? "StagedNetworkPolicy" : "NetworkPolicy",
    metadata: { name: `p-${index}`, namespace: namespaceOf(app) },
    spec: {
      tier: draw.of("application", "application", "default"),
      order: 100 + draw.below(900),
      selector: draw.chance(0.04) ? "all()" : appSelector(plan, app),
      ingress: rules(plan, app, { ingress: true, actions, most: 4 }),
      ...(draw.chance(0.4) && { egress: rules(plan, app, { ingress: false, actions, most: 3 }) }),
    },
  };
}

/** A policy of a team or of the whole platform: some select a fifth of all endpoints and more. */
function widePolicy(plan: Plan, index: number, share: "team" | "platform"): unknown {
  const { draw, apps } = plan;
  const app = apps[draw.below(apps.length)];
  if (!app) throw new Error("the mesh has no apps");
  const selector =
    share === "team"
      ? draw.of(
          `app == '${app.name}'`,
          `app == '${app.name}' && env != 'test'`,
          `app starts with 'app-1' && tier == '${app.tier}'`,
        )
      : draw.of(
          `tier == '${app.tier}'`,
          `env == 'stage' || env == 'test'`,
          `tier == '${app.tier}' && env == 'prod'`,
          `env != 'prod' && !has(legacy)`,
        );
  const actions = ["Deny", "Pass", "Pass", "Pass", "Log", "Allow"] as const;
  const ingress = draw.chance(0.6);
  return {
    apiVersion: CALICO,
    kind: "GlobalNetworkPolicy",
    metadata: { name: `g-${index}` },
    spec: {
      tier: draw.of("security", "platform"),
      order: draw.below(1000),
      selector,
      ...(share === "team" && { namespaceSelector: `team == 'team-${draw.below(12)}'` }),
      ...(ingress
        ? { ingress: rules(plan, app, { ingress: true, actions, most: 3 }) }
        : { egress: rules(plan, app, { ingress: false, actions, most: 3 }) }),
    },
  };
}

function policy(plan: Plan, index: number): unknown {
  const kind = index % 1000;
  if (kind < 12) return widePolicy(plan, index, "platform");
  return kind < 60 ? widePolicy(plan, index, "team") : appPolicy(plan, index);
}

const tier = (name: string, order: number, defaultAction: string) => ({
  apiVersion: CALICO,
  kind: "Tier",
  metadata: { name },
  spec: { order, defaultAction },
});

const networkSet = (index: number, { below }: Draw) => ({
  apiVersion: CALICO,
  kind: "GlobalNetworkSet",
  metadata: { name: `set-${index}`, labels: { set: `set-${index % 40}` } },
  spec: { nets: Array.from({ length: 8 }, () => `172.${16 + below(16)}.${below(256)}.0/24`) },
});

/** A mesh's cluster that looks like a real one: label values by Zipf's law, namespaces, tiers, named ports, sets. */
export function meshInput(size: MeshSize, seed = 7): WorldInput {
  const draw = draws(seed);
  const apps = appsOf(size, draw);
  const pods = podsOf(size, apps, draw);
  const plan = { size, apps, draw };
  return {
    namespaces: Array.from({ length: size.namespaces }, (_, at) => ({
      name: `ns-${at}`,
      labels: { team: `team-${at % 12}`, zone: `zone-${at % 3}` },
    })),
    pods,
    services: [],
    manifests: [
      tier("security", 100, "Pass"),
      tier("platform", 200, "Pass"),
      tier("application", 300, "Pass"),
      tier("unused", 400, "Deny"),
      ...Array.from({ length: 100 }, (_, at) => networkSet(at, draw)),
      ...Array.from({ length: size.policies }, (_, at) => policy(plan, at)),
    ],
  };
}

/** The same, read and ready. */
export const meshWorld = (size: MeshSize): World => buildWorld(meshInput(size));

/** The endpoint with other labels: what a rollout changes. */
export function relabelled(endpoint: World["endpoints"][number], changes: Readonly<Record<string, string>>) {
  return { ...endpoint, labels: labelMap({ ...Object.fromEntries(endpoint.labels), ...changes }) };
}
