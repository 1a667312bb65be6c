import type { Read } from "./read";

/** All that was seen of a cluster and of the agent's own surroundings at one time; checks judge it and do no I/O. */
export interface Observation {
  readonly nowMs: number;
  readonly kubernetesVersion: Read<string>;
  readonly calico: CalicoSeen;
  readonly goldmane: GoldmaneSeen;
  readonly permissions: readonly PermissionSeen[];
  readonly identity: IdentitySeen;
  readonly clock: ClockSeen;
  readonly gateways: readonly GatewaySeen[];
  readonly addresses: AddressesSeen;
  readonly spool: SpoolSeen;
  readonly memory: MemorySeen;
}

export interface CalicoSeen {
  readonly version: Read<string>;
  /** Deployment tigera-operator, and whether Helm brought it. */
  readonly operator: Read<{ readonly namespace: string; readonly helm: boolean }>;
  /** Namespaces that hold a DaemonSet calico-node. */
  readonly nodeNamespaces: Read<readonly string[]>;
  readonly served: Read<{ readonly v3: boolean; readonly crd: boolean }>;
  /** Whether APIService v3.projectcalico.org points to a service of its own. */
  readonly aggregated: Read<boolean>;
  /** Installation `default`. */
  readonly installation: Read<{ readonly linuxDataplane: string; readonly windowsDataplane: string }>;
  /** FelixConfiguration `default`. */
  readonly felix: Read<FelixSeen>;
  readonly nodes: Read<{ readonly count: number; readonly windows: number }>;
}

export interface FelixSeen {
  readonly bpfEnabled: boolean;
  readonly nftablesMode: string;
  readonly flowLogsFlushInterval: string;
}

export interface GoldmaneSeen {
  /** `host:port`; empty where the agent was told not to ask. */
  readonly address: string;
  readonly deployment: Read<{ readonly ready: number; readonly wanted: number }>;
  readonly service: Read<string>;
  readonly certificate: CertificateSeen;
  readonly probe: GoldmaneProbe;
}

export type CertificateSeen =
  | { readonly kind: "seen"; readonly certificate: ClientCertificate }
  | { readonly kind: "unusable"; readonly why: string }
  | { readonly kind: "not-looked" };

export interface ClientCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notAfterMs: number;
  readonly keyMatches: boolean;
  /** Whether a certificate of the bundle that we trust Goldmane by has signed it. */
  readonly ofTrustedAuthority: boolean;
}

/** How far a call to Goldmane came. */
export type GoldmaneProbe =
  | {
      readonly kind: "answered";
      readonly flows: number;
      readonly newestFlowEndMs: number | undefined;
      /** Goldmane's clock minus ours, to the second; undefined where it did not tell. */
      readonly clockOffsetMs: number | undefined;
    }
  | { readonly kind: "stopped"; readonly at: "name" | "connection" | "tls" | "call"; readonly why: string }
  | { readonly kind: "not-tried"; readonly why: string };

/** What a permission is needed for; the last are the examination's own and are wanted, not needed. */
export type PermissionUse = "inventory" | "writes" | "goldmane" | "identity" | "examination";

export interface Permission {
  readonly use: PermissionUse;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface PermissionSeen extends Permission {
  readonly allowed: boolean | "unknown";
}

export interface IdentitySeen {
  readonly stored: Read<
    | { readonly kind: "credential"; readonly id: string; readonly issuedAtMs: number; readonly expiresAtMs: number }
    | { readonly kind: "key-alone" }
    | { readonly kind: "empty" }
    | { readonly kind: "broken"; readonly why: string }
  >;
  readonly grantId: string;
  readonly grantReadable: boolean;
  readonly secret: string;
}

/** Another's clock minus ours, in ms; undefined where it was not told. */
export interface ClockSeen {
  readonly apiServerOffsetMs: number | undefined;
  readonly gatewayOffsetMs: number | undefined;
}

export interface GatewaySeen {
  readonly url: string;
  /** The proxy between, without its password; empty for none. */
  readonly proxy: string;
  readonly outcome:
    | { readonly kind: "open"; readonly certificate: string; readonly connectMs: number }
    | {
        readonly kind: "stopped";
        readonly at: "name" | "connection" | "proxy" | "tls" | "upgrade";
        readonly why: string;
      };
  /** Gateway's clock minus ours, by the Date of an HTTP answer. */
  readonly clockOffsetMs: number | undefined;
}

export interface AddressesSeen {
  readonly pools: Read<readonly string[]>;
  readonly nodes: Read<readonly string[]>;
  readonly services: Read<readonly string[]>;
}

export interface SpoolSeen {
  readonly directory: string;
  /** Another machine than the agent's is looked at, and has no such folder. */
  readonly isElsewhere: boolean;
  readonly problem: string;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly maxBytes: number;
}

export interface MemorySeen {
  readonly usedBytes: number;
  /** Undefined where none is set or it cannot be told. */
  readonly limitBytes: number | undefined;
}
