import type { ScenarioObject } from "../scenario-types";

/** Builders of the manifests' objects: each gives what a person would write in YAML. */
type Labels = Readonly<Record<string, string>>;

/** A port of a workload and of its service. */
export interface WorkloadPort {
  readonly name: string;
  readonly port: number;
  /** Where the container listens, `port` where it is left out. */
  readonly targetPort?: number;
  readonly protocol?: "TCP" | "UDP";
}

/** A workload in the way that the demo's are written: a Deployment with a service account of its own. */
export interface WorkloadSpec {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
  readonly ports?: readonly WorkloadPort[];
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Labels;
  readonly hostNetwork?: boolean;
}

export function namespace(name: string, labels: Labels = {}): ScenarioObject {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } },
  };
}

export function serviceAccount(name: string, inNamespace: string, labels: Labels = {}): ScenarioObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace: inNamespace, labels } };
}

/** The labels that select a workload's pods. */
const selectorOf = (spec: Pick<WorkloadSpec, "name">): Labels => ({ app: spec.name });

function podTemplate(spec: WorkloadSpec, selector: Labels) {
  const ports = (spec.ports ?? []).map(({ name, port, targetPort, protocol = "TCP" }) => ({
    name,
    containerPort: targetPort ?? port,
    protocol,
  }));
  const env = Object.entries(spec.env ?? {}).map(([name, value]) => ({ name, value }));
  return {
    metadata: { labels: { ...selector, ...spec.labels } },
    spec: {
      serviceAccountName: spec.name,
      ...(spec.hostNetwork === true && { hostNetwork: true }),
      containers: [
        {
          name: "server",
          image: spec.image,
          ...(ports.length > 0 && { ports }),
          ...(env.length > 0 && { env }),
          resources: { requests: { cpu: "100m", memory: "64Mi" } },
        },
      ],
    },
  };
}

/** A Deployment and its service account. */
export function deployment(spec: WorkloadSpec, selector: Labels = selectorOf(spec)): readonly ScenarioObject[] {
  const { name, namespace: inNamespace, replicas } = spec;
  return [
    serviceAccount(name, inNamespace),
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: inNamespace, labels: { ...selector, ...spec.labels } },
      spec: { replicas, selector: { matchLabels: selector }, template: podTemplate(spec, selector) },
    },
  ];
}

/** A DaemonSet and its service account; its pods use their nodes' network. */
export function daemonSet(spec: Omit<WorkloadSpec, "replicas">, selector: Labels): readonly ScenarioObject[] {
  const { name, namespace: inNamespace } = spec;
  const template = podTemplate({ ...spec, replicas: 0, hostNetwork: true }, selector);
  return [
    serviceAccount(name, inNamespace),
    {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name, namespace: inNamespace, labels: selector },
      spec: { selector: { matchLabels: selector }, template },
    },
  ];
}

/** A service; without `selector` its endpoints are somebody else's business. */
export interface ServiceSpec {
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly WorkloadPort[];
  readonly selector?: Labels;
  readonly type?: "ClusterIP" | "LoadBalancer";
  readonly annotations?: Readonly<Record<string, string>>;
}

export function service(spec: ServiceSpec): ScenarioObject {
  const ports = spec.ports.map(({ name, port, targetPort, protocol = "TCP" }) => ({
    name,
    port,
    targetPort: targetPort ?? port,
    protocol,
  }));
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: spec.name,
      namespace: spec.namespace,
      ...(spec.annotations && { annotations: spec.annotations }),
    },
    spec: {
      type: spec.type ?? "ClusterIP",
      ...(spec.type === "LoadBalancer" && { externalTrafficPolicy: "Local" }),
      ...(spec.selector && { selector: spec.selector }),
      ports,
    },
  };
}

/** A workload with a service of its name. */
export function servedWorkload(
  spec: WorkloadSpec & { readonly ports: readonly WorkloadPort[] },
): readonly ScenarioObject[] {
  const { name, namespace: inNamespace, ports } = spec;
  return [...deployment(spec), service({ name, namespace: inNamespace, ports, selector: selectorOf(spec) })];
}

/** Any object of a custom kind. */
export function resource(
  [apiVersion, kind]: readonly [string, string],
  metadata: ScenarioObject["metadata"],
  spec: Readonly<Record<string, unknown>>,
): ScenarioObject {
  return { apiVersion, kind, metadata, spec };
}
