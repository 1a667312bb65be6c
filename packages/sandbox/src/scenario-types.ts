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
  /** Where what happens in the API is sent; nowhere unless told. */
  readonly auditWebhook?: AuditWebhook;
  /** Kubernetes objects as a user would apply them; created once, in this order. */
  readonly manifests: readonly ScenarioObject[];
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
  close(): Promise<void>;
}

/** What `src/dataplane/index.ts` exports as `startDataplane`. `timing` is ISTHMUS_SANDBOX_TIME as given, "" if unset. */
export type StartDataplane = (
  clusters: readonly SandboxCluster[],
  options: { readonly scenario: Scenario; readonly timing: string },
) => Promise<RunningDataplane>;
