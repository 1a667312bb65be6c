import { formatAddress, type Address } from "../dataplane/address";
import { PROTOCOL } from "../dataplane/model";
import { dial, firstPacketOf, type Dialled, type DialParts } from "./dial";
import type { CallFailure } from "./failures";
import { findHost } from "./internet";
import type { Connection, NetworkCluster, Place, Transfer } from "./network";
import { createNameCache, readName } from "./resolver";
import type { Target } from "./service-proxy";

/** A call of one program to another over the network. */
export interface Call {
  /** `name:port` as configured. */
  readonly callee: string;
  readonly operation: string;
  readonly transfer: Transfer;
}

/** How a call ended. */
export type CallResult = { readonly ok: true } | { readonly ok: false; readonly failure: Omit<CallFailure, "caller"> };

/** Runs what listens at a pod's port; resolves once it has answered. */
export type Serve = (
  place: Place,
  request: { readonly port: number; readonly operation: string },
) => Promise<ServeResult>;

/** What a server did with a request. */
export type ServeResult = "answered" | "failed" | "refused";

/** What calls go through. */
export interface CallerParts extends DialParts {
  readonly serve: Serve;
}

/** A visit from outside the mesh: the pod that the load balancer chose, and what is asked of it. */
export interface OutsideCall {
  readonly cluster: NetworkCluster;
  readonly target: Target;
  readonly operation: string;
}

const DNS_TRANSFER: Transfer = { requestBytes: 48, responseBytes: 112 };
const DNS_PORT = 53;
const OUTSIDE_TRANSFER: Transfer = { requestBytes: 620, responseBytes: 9_400 };
const ERROR_BYTES = 120;

/** Makes calls as a pod does: look the name up, dial the address, wait for the answer. */
export class Caller {
  private readonly names = createNameCache();

  constructor(private readonly parts: CallerParts) {}

  /** A call from a pod. */
  async call(from: Place, request: Call): Promise<CallResult> {
    const { callee, operation } = request;
    const [host = "", portText = ""] = callee.split(":");
    const address = await this.resolve(from, host);
    if (address === undefined) {
      return failed(callee, "NameNotResolved", `lookup ${host}: no answer from the cluster's DNS within 3s`);
    }
    const dialled = await dial(this.parts, from, { address, protocol: PROTOCOL.tcp, port: Number(portText) });
    if (dialled.kind === "failed") return failed(callee, dialled.reason, `${operation}: ${dialled.message}`);
    return this.answer(dialled, request);
  }

  /** A connection from outside the mesh to a pod behind a service that takes them. */
  async callFromOutside(source: Address, to: OutsideCall): Promise<void> {
    const { network, random, serve } = this.parts;
    const { cluster, target, operation } = to;
    const packet = firstPacketOf(source, target, random);
    const connection: Connection = { near: cluster, origin: "outside", packet, service: undefined, seen: {} };
    const place = network.placeOf(target.address, cluster);
    if (place === undefined || network.send(connection) === "dropped") {
      network.abandon(connection);
      return;
    }
    await serve(place, { port: target.port, operation });
    network.finish(connection, OUTSIDE_TRANSFER);
  }

  private async answer({ target, connection }: Dialled, request: Call): Promise<CallResult> {
    const result = await this.serveAt(connection, target, request.operation);
    const responseBytes = result === "answered" ? request.transfer.responseBytes : ERROR_BYTES;
    this.parts.network.finish(connection, { ...request.transfer, responseBytes });
    if (result === "answered") return { ok: true };
    const what = result === "refused" ? "connection refused" : "the server answered with an error";
    const message = `${request.operation}: ${what} (${formatAddress(target.address)}:${target.port})`;
    return failed(request.callee, "CallFailed", message);
  }

  private async serveAt({ near }: Connection, target: Target, operation: string): Promise<ServeResult> {
    const place = this.parts.network.placeOf(target.address, near);
    if (place !== undefined) return this.parts.serve(place, { port: target.port, operation });
    return findHost(this.parts.internet, target) === undefined ? "refused" : "answered";
  }

  /** Asks the cluster's DNS over the network, unless the pod still knows the answer. */
  private async resolve(from: Place, host: string): Promise<Address | undefined> {
    const { network, proxyOf, clock } = this.parts;
    const nowMs = clock.now();
    const cached = this.names.get(from.endpoint, host, nowMs);
    if (cached !== undefined) return cached;
    const server = proxyOf(from.cluster.name).addressOf("kube-system", "kube-dns");
    if (server === undefined) return undefined;
    const dialled = await dial(this.parts, from, { address: server, protocol: PROTOCOL.udp, port: DNS_PORT });
    if (dialled.kind === "failed") return undefined;
    network.finish(dialled.connection, DNS_TRANSFER);
    const address = this.record(from, host);
    if (address !== undefined) this.names.set(from.endpoint, host, { address, nowMs });
    return address;
  }

  private record(from: Place, host: string): Address | undefined {
    const name = readName(host, from.endpoint);
    if (name.kind === "external")
      return this.parts.internet.hosts.find((external) => external.name === name.host)?.address;
    return this.parts.proxyOf(from.cluster.name).addressOf(name.namespace, name.name);
  }
}

function failed(callee: string, reason: CallFailure["reason"], message: string): CallResult {
  return { ok: false, failure: { callee, reason, message } };
}
