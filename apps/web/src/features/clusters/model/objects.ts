/** The lists on a cluster's page. */
export const objectTabs = ["nodes", "namespaces", "workloads", "pods", "services", "sets", "policies"] as const;

/** One of the lists on a cluster's page. */
export type ObjectTab = (typeof objectTabs)[number];

/** Which kinds a list holds, and its words. `unownedOnly` leaves out what another object owns. */
export interface ObjectTabSpec {
  readonly title: string;
  readonly kinds: readonly string[];
  readonly unownedOnly: boolean;
  readonly columns: readonly [string, string, string];
}

const policyKinds = [
  "Tier",
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
  "StagedKubernetesNetworkPolicy",
  "ClusterNetworkPolicy",
];

/** Every list with its kinds and what its columns show. */
export const objectTabSpecs: Readonly<Record<ObjectTab, ObjectTabSpec>> = {
  nodes: { title: "Nodes", kinds: ["Node"], unownedOnly: false, columns: ["Ready", "Kubelet", "Addresses"] },
  namespaces: { title: "Namespaces", kinds: ["Namespace"], unownedOnly: false, columns: ["Phase", "Labels", ""] },
  workloads: {
    title: "Workloads",
    kinds: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"],
    unownedOnly: true,
    columns: ["Ready", "Labels", ""],
  },
  pods: { title: "Pods", kinds: ["Pod"], unownedOnly: false, columns: ["Phase", "Address", "Node"] },
  services: {
    title: "Services",
    kinds: ["Service"],
    unownedOnly: false,
    columns: ["Type", "Cluster address", "Ports"],
  },
  sets: {
    title: "Network sets",
    kinds: ["NetworkSet", "GlobalNetworkSet"],
    unownedOnly: false,
    columns: ["Owner", "Nets", "Labels"],
  },
  policies: { title: "Policies", kinds: policyKinds, unownedOnly: false, columns: ["Owner", "Tier, order", "Selects"] },
};

/** An object as a row: what its columns say, and whether something is wrong with it. */
export interface ObjectCells {
  readonly cells: readonly [string, string, string];
  readonly problem: boolean;
}

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((found, step) => (isRecord(found) ? found[step] : undefined), value);
}

const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const labelText = (body: unknown): string =>
  Object.entries((at(body, "metadata", "labels") ?? {}) as Json)
    .filter(([key]) => key !== "kubernetes.io/metadata.name" && key !== "pod-template-hash")
    .map(([key, value]) => `${key}=${text(value)}`)
    .join(", ");

const isOurs = (body: unknown): boolean => at(body, "metadata", "labels", "isthmus.io/managed") === "true";
const owner = (body: unknown): string => (isOurs(body) ? "Isthmus" : "the cluster");

function readyCondition(body: unknown): string {
  const condition = items(at(body, "status", "conditions")).find((each) => text(at(each, "type")) === "Ready");
  const status = text(at(condition, "status"));
  return status === "True" ? "yes" : status === "False" ? text(at(condition, "reason")) || "no" : "unknown";
}

function nodeCells(body: unknown): ObjectCells {
  const ready = readyCondition(body);
  const addresses = items(at(body, "status", "addresses")).map((each) => text(at(each, "address")));
  return {
    cells: [ready, text(at(body, "status", "nodeInfo", "kubeletVersion")), addresses.join(", ")],
    problem: ready !== "yes",
  };
}

function podCells(body: unknown): ObjectCells {
  const phase = text(at(body, "status", "phase"));
  const ready = readyCondition(body);
  const addresses = items(at(body, "status", "podIPs")).map((each) => text(at(each, "ip")));
  const shown = addresses.length > 0 ? addresses.join(", ") : text(at(body, "status", "podIP"));
  const waiting = phase === "Running" && ready !== "yes";
  return {
    cells: [waiting ? "Running, not ready" : phase, shown, text(at(body, "spec", "nodeName"))],
    problem: waiting || phase === "Failed" || phase === "Unknown",
  };
}

function workloadCells(body: unknown, kind: string): ObjectCells {
  if (kind === "Pod") return { cells: [readyCondition(body), labelText(body), ""], problem: false };
  if (kind === "Job") {
    const done = `${text(at(body, "status", "succeeded")) || "0"} of ${text(at(body, "spec", "completions")) || "1"} done`;
    return { cells: [done, labelText(body), ""], problem: Number(text(at(body, "status", "failed"))) > 0 };
  }
  const daemon = kind === "DaemonSet";
  const wanted = Number(
    text(daemon ? at(body, "status", "desiredNumberScheduled") : at(body, "spec", "replicas")) || "0",
  );
  const ready = Number(text(daemon ? at(body, "status", "numberReady") : at(body, "status", "readyReplicas")) || "0");
  return { cells: [`${ready} of ${wanted}`, labelText(body), ""], problem: ready < wanted };
}

function serviceCells(body: unknown): ObjectCells {
  const ports = items(at(body, "spec", "ports")).map((port) => {
    const target = text(at(port, "targetPort"));
    const number = text(at(port, "port"));
    return `${text(at(port, "protocol")) || "TCP"} ${number}${target === "" || target === number ? "" : ` → ${target}`}`;
  });
  return {
    cells: [text(at(body, "spec", "type")) || "ClusterIP", text(at(body, "spec", "clusterIP")), ports.join(", ")],
    problem: false,
  };
}

function policyCells(body: unknown, kind: string): ObjectCells {
  const order = text(at(body, "spec", "order"));
  const tier = kind === "Tier" ? "" : text(at(body, "spec", "tier")) || "default";
  const selects = text(at(body, "spec", "selector")) || labelSelector(at(body, "spec", "podSelector"));
  const place = [tier, order].filter(Boolean).join(", ");
  return {
    cells: [
      owner(body),
      place,
      kind === "Tier" ? `no match: ${text(at(body, "spec", "defaultAction")) || "Deny"}` : selects,
    ],
    problem: false,
  };
}

function labelSelector(selector: unknown): string {
  const labels = Object.entries((at(selector, "matchLabels") ?? {}) as Json).map(
    ([key, value]) => `${key}=${text(value)}`,
  );
  const expressions = items(at(selector, "matchExpressions")).map(
    (each) => `${text(at(each, "key"))} ${text(at(each, "operator"))}`,
  );
  return [...labels, ...expressions].join(", ") || "every pod";
}

/** What a row shows of an object; fields that the object lacks are empty, never invented. */
export function objectCells(tab: ObjectTab, kind: string, body: unknown): ObjectCells {
  switch (tab) {
    case "nodes":
      return nodeCells(body);
    case "namespaces":
      return { cells: [text(at(body, "status", "phase")), labelText(body), ""], problem: false };
    case "workloads":
      return workloadCells(body, kind);
    case "pods":
      return podCells(body);
    case "services":
      return serviceCells(body);
    case "sets": {
      const nets = items(at(body, "spec", "nets")).map(text);
      const shown = nets.length > 3 ? `${nets.slice(0, 3).join(", ")} and ${nets.length - 3} more` : nets.join(", ");
      return { cells: [owner(body), shown, labelText(body)], problem: false };
    }
    case "policies":
      return policyCells(body, kind);
  }
}
