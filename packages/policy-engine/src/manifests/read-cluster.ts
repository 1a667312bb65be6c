import { field, readerOf, readString, readStringMap, type Reader } from "../decode/reader";
import type { WorldInput, WorldNamespace, WorldNode, WorldPod } from "../evaluate/world-input";
import { refName } from "../json/manifest-ref";
import { inventAddresses } from "./invented-addresses";
import { roleOf, type KindRole } from "./kinds";
import { noteOf, objectsOf, type ClusterObject, type Manifest, type ManifestNote } from "./manifest";
import { ownersOf, type WorkloadName } from "./owners";
import { readPod, type ReadPod } from "./pod";
import { servicesOf, targetsOfEndpoints, targetsOfSlice, type NamedReader } from "./services";

/** The manifests of one cluster. */
export interface ManifestGroup<O> {
  /** Its name in the mesh; empty where there is only one. */
  readonly cluster: string;
  readonly manifests: readonly Manifest<O>[];
}

/** How manifests are read. */
export interface ReadOptions {
  /**
   * Calico applies no policy to pods on the host's network, and Kubernetes leaves open what becomes of them
   * (NetworkPolicies, "hostNetwork pods"). `as-pods`: as if each had an interface of its own, and said so in a note;
   * `left-out`: they are no endpoints.
   */
  readonly hostNetwork?: "as-pods" | "left-out";
}

/** One cluster as its manifests describe it. */
export interface ReadCluster<O> {
  readonly world: WorldInput;
  /** What each of the world's pods is shown as, in their order. */
  readonly workloads: readonly WorkloadName[];
  /** The objects that each of the world's pods was read from, in their order. */
  readonly sources: readonly ClusterObject<O>[];
  /** What is wrong, what was assumed, and what has no say. */
  readonly notes: readonly ManifestNote<O>[];
  /** Every policy, tier, set and the like, with its place. */
  readonly policies: readonly ClusterObject<O>[];
}

interface Endpoint<O> extends ReadPod {
  readonly workload: WorkloadName;
  readonly object: ClusterObject<O>;
}

/** Reads objects one after the other and keeps what was found wrong with them. */
class Reading<O> {
  readonly notes: ManifestNote<O>[] = [];

  read<T>(object: ClusterObject<O>, how: (root: Reader) => T): T {
    const root = readerOf(object.json);
    const result = how(root);
    for (const diagnostic of root.findings.diagnostics) this.notes.push(noteOf(object, diagnostic));
    return result;
  }

  say(object: ClusterObject<O>, what: Omit<Parameters<typeof noteOf>[1], "path">): void {
    this.notes.push(noteOf(object, what));
  }
}

/** Where a workload's pod template lies. */
const TEMPLATE: Readonly<Record<string, readonly string[]>> = { CronJob: ["spec", "jobTemplate", "spec", "template"] };

const templateOf = (root: Reader, kind: string): Reader => (TEMPLATE[kind] ?? ["spec", "template"]).reduce(field, root);

function endpointsOf<O>(objects: readonly ClusterObject<O>[], reading: Reading<O>): readonly Endpoint<O>[] {
  const owners = ownersOf(objects);
  return objects.flatMap((object) => {
    const role = roleOf(object.ref);
    const { namespace, name, kind } = object.ref;
    if (role !== "pod" && (role !== "workload" || owners.standsFor(object))) return [];
    const read = reading.read(object, (root) =>
      role === "pod"
        ? readPod({ template: root, status: field(root, "status"), namespace, name })
        : readPod({ template: templateOf(root, kind), namespace, name }),
    );
    return [{ ...read, workload: owners.workloadOf(object), object }];
  });
}

const HOST_NETWORK = {
  "as-pods": "it is judged as if it had an interface of its own",
  "left-out": "it is left out",
} as const;

function noteOddPods<O>(
  endpoints: readonly Endpoint<O>[],
  reading: Reading<O>,
  treatment: keyof typeof HOST_NETWORK,
): void {
  for (const { object, hostNetwork, finished } of endpoints) {
    const name = refName(object.ref);
    if (hostNetwork) {
      reading.say(object, {
        code: "host-network",
        severity: "warning",
        message: `${name} is on its host's network: Calico applies no policy to it; ${HOST_NETWORK[treatment]}`,
      });
    }
    if (finished) {
      const message = `${name} has run to its end; it is judged as if it ran`;
      reading.say(object, { code: "finished-pod", severity: "info", message });
    }
  }
}

/** What the clusters of a mesh know together about addresses. */
interface Shared {
  /** Addresses that endpoints of any cluster have; grows as addresses are invented. */
  readonly taken: Set<string>;
  /** Policies and sets of every cluster. */
  readonly manifests: readonly unknown[];
}

/** Gives addresses to the pods that have none: an address stands for one endpoint in the whole mesh. */
function addressed<O>({ endpoints, reading }: Gathered<O>, { taken, manifests }: Shared): readonly WorldPod[] {
  const bare = endpoints.filter(({ pod }) => pod.addresses.length === 0);
  const invented = inventAddresses({ count: bare.length, taken, manifests });
  for (const address of invented) taken.add(address);
  const [first] = bare;
  if (first && invented[0] !== undefined) {
    const message = `${bare.length} workloads have no address; they are taken to have ones from ${invented[0]} on, where the fewest ranges of the policies catch them`;
    reading.say(first.object, { code: "invented-address", severity: "info", message });
  }
  let next = 0;
  return endpoints.map(({ pod }) =>
    pod.addresses.length > 0 ? pod : { ...pod, addresses: invented.slice(next, ++next) },
  );
}

/** The label that the API server gives every namespace (Kubernetes, NamespaceDefaultLabelName). */
const NAME_LABEL = "kubernetes.io/metadata.name";

type ByRole<O> = ReadonlyMap<KindRole, readonly ClusterObject<O>[]>;

const withRole = <O>(byRole: ByRole<O>, role: KindRole): readonly ClusterObject<O>[] => byRole.get(role) ?? [];

const labelsOf = (root: Reader) => readStringMap(field(field(root, "metadata"), "labels"));

function namespacesOf<O>(byRole: ByRole<O>, reading: Reading<O>, used: Iterable<string>): readonly WorldNamespace[] {
  const namespaces = new Map<string, WorldNamespace>();
  for (const object of withRole(byRole, "namespace")) {
    const { name } = object.ref;
    namespaces.set(name, { name, labels: { ...reading.read(object, labelsOf), [NAME_LABEL]: name } });
  }
  for (const name of used) if (!namespaces.has(name)) namespaces.set(name, { name, labels: { [NAME_LABEL]: name } });
  return [...namespaces.values()];
}

type Accounts = NonNullable<WorldInput["serviceAccounts"]>;

/** Accounts that the manifests hold, and those that pods name, which cannot run without them. */
function accountsOf<O>(byRole: ByRole<O>, reading: Reading<O>, pods: readonly WorldPod[]): Accounts {
  const accounts = new Map<string, Accounts[number]>();
  for (const object of withRole(byRole, "service-account")) {
    const { namespace, name } = object.ref;
    accounts.set(`${namespace}/${name}`, { namespace, name, labels: reading.read(object, labelsOf) });
  }
  for (const { namespace, serviceAccount: name } of pods) {
    const key = `${namespace}/${name}`;
    if (!accounts.has(key)) accounts.set(key, { namespace, name, labels: {} });
  }
  return [...accounts.values()];
}

function nodesOf<O>(byRole: ByRole<O>, reading: Reading<O>): readonly WorldNode[] {
  return withRole(byRole, "node").map((object) => ({
    name: object.ref.name,
    addresses: reading.read(object, (root) => {
      const list = field(field(root, "status"), "addresses").value;
      const texts = Array.isArray(list) ? (list as readonly Readonly<Record<string, unknown>>[]) : [];
      return texts.flatMap((entry) => (typeof entry["address"] === "string" ? [entry["address"]] : []));
    }),
  }));
}

const SERVICE_LABEL = "kubernetes.io/service-name";

function readServices<O>(byRole: ByRole<O>, reading: Reading<O>, pods: readonly WorldPod[]): WorldInput["services"] {
  const slices = withRole(byRole, "endpoint-slice").map((object) =>
    reading.read(object, (root) => {
      const name = readString(field(field(field(root, "metadata"), "labels"), SERVICE_LABEL)) ?? "";
      return { namespace: object.ref.namespace, name, targets: targetsOfSlice(root) };
    }),
  );
  const sliced = new Set(slices.map(({ namespace, name }) => `${namespace}/${name}`));
  // Kubernetes mirrors Endpoints into EndpointSlices: where both are here they say the same.
  const endpoints = withRole(byRole, "endpoints")
    .filter(({ ref }) => !sliced.has(`${ref.namespace}/${ref.name}`))
    .map((object) => {
      const { namespace, name } = object.ref;
      return { namespace, name, targets: reading.read(object, targetsOfEndpoints) };
    });
  const services = withRole(byRole, "service").map(({ ref, json }): NamedReader => {
    const { namespace, name } = ref;
    return { namespace, name, reader: readerOf(json) };
  });
  return servicesOf({ services, written: [...slices, ...endpoints].filter(({ name }) => name !== ""), pods });
}

function noteIgnored<O>(objects: readonly ClusterObject<O>[], reading: Reading<O>): void {
  for (const object of objects) {
    const { apiVersion, kind } = object.ref;
    const message = `${refName(object.ref)} is ignored: \`${apiVersion}\` \`${kind}\` has no say in what may connect`;
    reading.say(object, { code: "ignored-kind", severity: "info", message });
  }
}

function byRoleOf<O>(objects: readonly ClusterObject<O>[]): ByRole<O> {
  const byRole = new Map<KindRole, ClusterObject<O>[]>();
  for (const object of objects) {
    const role = roleOf(object.ref);
    const known = byRole.get(role);
    if (known) known.push(object);
    else byRole.set(role, [object]);
  }
  return byRole;
}

/** What a cluster's manifests hold, before its pods have addresses. */
interface Gathered<O> {
  readonly cluster: string;
  readonly reading: Reading<O>;
  readonly byRole: ByRole<O>;
  readonly endpoints: readonly Endpoint<O>[];
  readonly policies: readonly ClusterObject<O>[];
  readonly notes: readonly ManifestNote<O>[];
}

function gather<O>({ cluster, manifests }: ManifestGroup<O>, { hostNetwork = "as-pods" }: ReadOptions): Gathered<O> {
  const { objects, notes } = objectsOf(manifests);
  const byRole = byRoleOf(objects);
  const reading = new Reading<O>();
  const all = endpointsOf(objects, reading);
  noteOddPods(all, reading, hostNetwork);
  const endpoints = hostNetwork === "left-out" ? all.filter((e) => !e.hostNetwork) : all;
  return { cluster, reading, byRole, endpoints, policies: withRole(byRole, "policy"), notes };
}

function finish<O>(gathered: Gathered<O>, shared: Shared): ReadCluster<O> {
  const { cluster, reading, byRole, endpoints, policies, notes } = gathered;
  const pods = addressed(gathered, shared);
  const used = [...pods.map((p) => p.namespace), ...policies.map((p) => p.ref.namespace).filter((n) => n !== "")];
  const world: WorldInput = {
    cluster,
    namespaces: namespacesOf(byRole, reading, used),
    serviceAccounts: accountsOf(byRole, reading, pods),
    pods,
    manifests: policies.map(({ json }) => json),
    services: readServices(byRole, reading, pods) ?? [],
    nodes: nodesOf(byRole, reading),
  };
  noteIgnored(withRole(byRole, "ignored"), reading);
  return {
    world,
    workloads: endpoints.map(({ workload }) => workload),
    sources: endpoints.map(({ object }) => object),
    notes: [...notes, ...reading.notes],
    policies,
  };
}

/**
 * Turns the manifests of a mesh into worlds, one a cluster, in their order. Namespaces and service accounts that are
 * named and not there are taken to exist; addresses that are invented are distinct over the mesh, for an address is all
 * that a cluster sees of another's endpoints.
 */
export function readMesh<O>(groups: readonly ManifestGroup<O>[], options: ReadOptions = {}): readonly ReadCluster<O>[] {
  const gathered = groups.map((group) => gather(group, options));
  const shared: Shared = {
    taken: new Set(gathered.flatMap(({ endpoints }) => endpoints.flatMap(({ pod }) => pod.addresses))),
    manifests: gathered.flatMap(({ policies }) => policies.map(({ json }) => json)),
  };
  return gathered.map((each) => finish(each, shared));
}

/** Turns the manifests of one cluster into a world, as `readMesh` does. */
export function readCluster<O>(group: ManifestGroup<O>, options: ReadOptions = {}): ReadCluster<O> {
  const gathered = gather(group, options);
  const taken = new Set(gathered.endpoints.flatMap(({ pod }) => pod.addresses));
  return finish(gathered, { taken, manifests: gathered.policies.map(({ json }) => json) });
}
