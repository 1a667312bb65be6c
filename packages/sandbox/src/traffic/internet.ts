import type { Address } from "../dataplane/address";

/** A host outside the mesh that applications call. */
export interface ExternalHost {
  readonly name: string;
  readonly address: Address;
  readonly port: number;
  /** How often it answers, 0 to 1. */
  readonly reliability: number;
}

/** The hosts of a scenario that are not in the mesh; documentation addresses, so that nobody's real ones appear. */
export interface Internet {
  readonly hosts: readonly ExternalHost[];
  /** First addresses of the /24 networks that browsers come from. */
  readonly clientNetworks: readonly number[];
}

/** The host that listens at an address and port, if there is one. */
export function findHost(
  internet: Internet,
  at: { readonly address: Address; readonly port: number },
): ExternalHost | undefined {
  return internet.hosts.find((host) => host.address === at.address && host.port === at.port);
}
