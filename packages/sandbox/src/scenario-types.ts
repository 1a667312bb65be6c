import type { AuditWebhook } from "./api/audit/settings";
import type { ObjectStore } from "./store/types";

/** What the sandbox is to be on its first start: several clusters on one flat routable network. */
export interface Scenario {
  /** Seeds every random choice of the traffic; same seed, same run. */
  readonly seed: number;
  readonly clusters: readonly ClusterScenario[];
}

/**
 * How a cluster serves Calico's kinds: `native` as `projectcalico.org/v3` from definitions (Calico 3.32), `aggregated` as
 * the same from Calico's own API server over `crd.projectcalico.org/v1`, `crd-only` as the latter alone (both 3.31).
 */
export type CalicoApi = "native" | "aggregated" | "crd-only";

/** One cluster of a scenario. */
export interface ClusterScenario {
  readonly name: string;
  /** IPv4, disjoint between clusters unless the scenario is about overlap. */
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Names of the nodes. */
  readonly nodes: readonly string[];
  /** Put on every node, for example `topology.kubernetes.io/region`. */
  readonly labels: Readonly<Record<string, string>>;
  /** `native` unless told. */
  readonly calicoApi?: CalicoApi;
  /** What single nodes have that the others do not, by the node's name. */
  readonly nodeSettings?: Readonly<Record<string, NodeSettings>>;
  /** Where what happens in the API is sent; nowhere unless told. */
  readonly auditWebhook?: AuditWebhook;
  /** Kubernetes objects as a user would apply them; created once, in this order. */
  readonly manifests: readonly ScenarioObject[];
  /** What befalls the cluster by itself; nothing where it is absent. */
  readonly life?: LifeScenario;
}

/** What one node of a scenario has for itself. */
export interface NodeSettings {
  readonly labels?: Readonly<Record<string, string>>;
  /** Pods that fit on it; 110 unless told. */
  readonly pods?: number;
  /** Kubernetes quantities; `4` and `8Gi` unless told. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly taints?: readonly NodeTaint[];
}

/** A taint as a node's spec has it. */
export interface NodeTaint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

/** A whole number drawn from both ends inclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** How often something happens, at moments drawn from the seed. */
export interface Rate {
  readonly perMinute: number;
}

/** The events of a cluster's life; each kind is absent unless told. */
export interface LifeScenario {
  /** Containers that fail and are started again, ever later. */
  readonly crashes?: Rate & { readonly atMost: number; readonly restarts: Span };
  /** Pods that are taken away through the Eviction API's rules. */
  readonly evictions?: Rate;
  /** Deployments that are restarted as `kubectl rollout restart` does. */
  readonly rollouts?: Rate;
  /** Nodes that fall silent, and come back or are replaced by a new one. */
  readonly nodes?: Rate & { readonly downSeconds: Span; readonly replace: boolean };
}

/** A manifest of a scenario. */
export interface ScenarioObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** A running sandbox cluster as the dataplane sees it. */
export interface SandboxCluster {
  readonly name: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly store: ObjectStore;
  /** `<state>/<cluster>`, mode 0700: the dataplane keeps what it must remember under `dataplane/` in it. */
  readonly stateDir: string;
  /** Where Goldmane's gRPC server listens; port 0 asks for a free one. */
  readonly goldmaneListen: { readonly host: string; readonly port: number };
}

/** A started dataplane with the traffic that it carries. */
export interface RunningDataplane {
  /** `host:port` of a cluster's Goldmane. */
  goldmaneAddress(cluster: string): string;
  /** Where processes that stand for pods enter the network (SOCKS5); undefined where nobody asked for it. */
  readonly podsProxyPort: number | undefined;
  close(): Promise<void>;
}

/** What `src/dataplane/index.ts` exports as `startDataplane`. `timing` is ISTHMUS_SANDBOX_TIME as given, "" if unset. */
export type StartDataplane = (
  clusters: readonly SandboxCluster[],
  options: {
    readonly scenario: Scenario;
    readonly timing: string;
    /** Undefined: processes that stand for pods cannot enter the network. */
    readonly podsListen?: { readonly host: string; readonly port: number } | undefined;
  },
) => Promise<RunningDataplane>;
