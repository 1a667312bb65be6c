import type { IpAddress } from "../net/address";
import type { Holder } from "./packet";

interface EndpointIdentity extends Holder {
  /** The cluster that it belongs to; empty where there is only one. */
  readonly cluster: string;
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  /** Names of the profiles that speak after the last tier, in order. */
  readonly profiles: readonly string[];
}

/** A pod. */
export interface WorkloadEndpoint extends EndpointIdentity {
  readonly kind: "workload";
  readonly namespace: string;
  /** The node that it runs on, where that is known. */
  readonly node?: string;
}

/** An interface of a node, or all of them. It has no namespace: `namespace` is empty. */
export interface NodeEndpoint extends EndpointIdentity {
  readonly kind: "host";
  readonly namespace: "";
  readonly node: string;
  /** `*` for all interfaces of the node; empty where the addresses alone tell. */
  readonly interfaceName: string;
}

/** An endpoint that policies apply to. */
export type Endpoint = WorkloadEndpoint | NodeEndpoint;
