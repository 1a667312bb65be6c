import { namespace } from "../demo/objects";
import type { ScenarioObject, Span } from "../scenario-types";
import { between, pickOne, seededRandom, type Random } from "../traffic/random";

/** How much is generated; drawn from the seed, so that the same file makes the same cluster. */
export interface Generated {
  readonly namespaces: number;
  readonly deployments: number;
  readonly replicas: Span;
  /** All replicas together, exactly; the draws then only say how they are shared out. */
  readonly pods?: number;
  /** Kubernetes network policies, each of which lets one deployment of a namespace call another. */
  readonly policies: number;
}

const nouns = ["account", "audit", "basket", "billing", "catalog", "claims", "gateway", "index", "ledger", "mail"];
const roles = ["api", "cache", "store", "sync", "worker"];
const teams = ["core", "data", "edge", "money", "people", "search"];
const environments = ["production", "production", "staging", "test"];

interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly replicas: number;
  readonly port: number;
}

/** The manifests of generated namespaces: Deployments, a Service for each, and policies between them. */
export function generate(wanted: Generated, seed: number): readonly ScenarioObject[] {
  const random = seededRandom(seed);
  const namespaces = Array.from({ length: wanted.namespaces }, (_, index) => `team-${index + 1}`);
  const workloads = workloadsOf(wanted, namespaces, random);
  return [
    ...namespaces.map((name) =>
      namespace(name, {
        team: pickOne(teams, random) ?? "",
        environment: pickOne(environments, random) ?? "",
      }),
    ),
    ...workloads.flatMap((workload) => [deployment(workload), service(workload)]),
    ...policiesOf(workloads, wanted.policies, random),
  ];
}

function workloadsOf(wanted: Generated, namespaces: readonly string[], random: Random): readonly Workload[] {
  const drawn = Array.from({ length: wanted.deployments }, () =>
    between(wanted.replicas.from, wanted.replicas.to, random),
  );
  const replicas = wanted.pods === undefined ? drawn : shared(wanted.pods, drawn);
  return replicas.map((count, index) => ({
    name: `${pickOne(nouns, random) ?? ""}-${pickOne(roles, random) ?? ""}-${index + 1}`,
    namespace: namespaces[index % namespaces.length] ?? "",
    replicas: count,
    port: 8_000 + between(0, 99, random),
  }));
}

/** Shares `total` out in proportion to weights, to the last one. */
function shared(total: number, weights: readonly number[]): readonly number[] {
  const sum = Math.max(
    1,
    weights.reduce((all, each) => all + each, 0),
  );
  let weight = 0;
  return weights.map((each) => {
    const before = Math.floor((weight * total) / sum);
    weight += each;
    return Math.floor((weight * total) / sum) - before;
  });
}

function deployment({ name, namespace: inside, replicas, port }: Workload): ScenarioObject {
  const container = {
    name: "server",
    image: `registry.example/${name.replace(/-\d+$/, "")}:1.0.0`,
    ports: [{ name: "http", containerPort: port, protocol: "TCP" }],
    resources: { requests: { cpu: "50m", memory: "64Mi" } },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: inside, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
    },
  };
}

function service({ name, namespace: inside }: Workload): ScenarioObject {
  const ports = [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: inside, labels: { app: name } },
    spec: { selector: { app: name }, ports },
  };
}

function policiesOf(workloads: readonly Workload[], count: number, random: Random): readonly ScenarioObject[] {
  return Array.from({ length: count }, (_, index) => {
    const to = pickOne(workloads, random);
    const from = pickOne(
      workloads.filter((each) => each.namespace === to?.namespace),
      random,
    );
    const ingress = [
      {
        from: [{ podSelector: { matchLabels: { app: from?.name ?? "" } } }],
        ports: [{ protocol: "TCP", port: "http" }],
      },
    ];
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: `allow-${index + 1}`, namespace: to?.namespace ?? "default" },
      spec: { podSelector: { matchLabels: { app: to?.name ?? "" } }, policyTypes: ["Ingress"], ingress },
    };
  });
}
