import type { Clock } from "@isthmus/std";
import { formatAddress, type Address } from "../dataplane/address";
import { PROTOCOL, type Endpoint } from "../dataplane/model";
import type { CallFailure } from "./failures";
import type { Internet } from "./internet";
import type { Connection, Network, Place, Transfer } from "./network";
import { between, type Random } from "./random";
import { createNameCache, readName } from "./resolver";
import type { ServiceProxy, Target } from "./service-proxy";

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
export interface CallerParts {
  readonly network: Network;
  readonly proxyOf: (cluster: string) => ServiceProxy;
  readonly internet: Internet;
  readonly serve: Serve;
  readonly random: Random;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Makes calls as a pod does: look the name up, dial the address, wait for the answer. */
export interface Caller {
  call(from: Place, call: Call): Promise<CallResult>;
  /** A connection from outside the mesh to a service that takes them. */
  callFromOutside(source: Address, to: { readonly target: Target; readonly operation: string }): Promise<void>;
}

const DIAL_TIMEOUT_MS = 3_000;
/** When TCP sends its first packet again, after the first, in ms. */
const RETRY_AFTER_MS = 1_000;
const DNS_TRANSFER: Transfer = { requestBytes: 48, responseBytes: 112 };
const DNS_PORT = 53;
const OUTSIDE_TRANSFER: Transfer = { requestBytes: 620, responseBytes: 9_400 };

/** Makes a caller over a network. */
export function createCaller(parts: CallerParts): Caller {
  const names = createNameCache();

  const call = async (from: Place, request: Call): Promise<CallResult> => {
    const [host = "", portText = ""] = request.callee.split(":");
    const address = await resolve(from, host);
    if (address === undefined) {
      return failed(request.callee, "NameNotResolved", `lookup ${host}: no answer from the cluster's DNS within 3s`);
    }
    const target = { address, protocol: PROTOCOL.tcp, port: Number(portText) };
    const dialled = await dial(from, target);
    if (dialled.kind === "failed")
      return failed(request.callee, dialled.reason, `${request.operation}: ${dialled.message}`);
    return answer(dialled, request);
  };

  const answer = async (dialled: Dialled, request: Call): Promise<CallResult> => {
    const { target, connection } = dialled;
    const place = parts.network.placeOf(target.address);
    const result =
      place === undefined
        ? hostAnswers(target)
        : await parts.serve(place, { port: target.port, operation: request.operation });
    const responseBytes = result === "answered" ? request.transfer.responseBytes : 120;
    parts.network.finish(connection, { ...request.transfer, responseBytes });
    if (result === "answered") return { ok: true };
    const what = result === "refused" ? "connection refused" : "the server answered with an error";
    return failed(
      request.callee,
      "CallFailed",
      `${request.operation}: ${what} (${formatAddress(target.address)}:${target.port})`,
    );
  };

  const hostAnswers = (target: Target): ServeResult =>
    findHost(parts.internet, target) === undefined ? "refused" : "answered";

  /** Dials an address: through the cluster's service table, then packet by packet until one is delivered. */
  const dial = async (from: Place, wanted: Target): Promise<Dialled | DialFailure> => {
    const translation = parts.proxyOf(from.cluster.name).translate(wanted, parts.random);
    const text = `${formatAddress(wanted.address)}:${wanted.port}`;
    if (translation.kind === "no-endpoints") {
      return {
        kind: "failed",
        reason: "CallFailed",
        message: `dial ${text}: connection refused, the service has no endpoints`,
      };
    }
    const target = translation.kind === "endpoint" ? translation.target : wanted;
    const connection: Connection = {
      packet: packetOf(from.endpoint.address, target, parts.random),
      service: translation.kind === "endpoint" ? translation.service : undefined,
      seen: {},
    };
    for (const waitMs of [RETRY_AFTER_MS, DIAL_TIMEOUT_MS - RETRY_AFTER_MS]) {
      if (parts.network.send(connection) === "delivered" && reaches(target))
        return { kind: "dialled", connection, target };
      await parts.clock.sleep(waitMs, parts.signal);
    }
    parts.network.abandon(connection);
    const message = `dial ${formatAddress(target.address)}:${target.port}: i/o timeout after 3s`;
    return { kind: "failed", reason: "DeadlineExceeded", message };
  };

  /** Whether somebody answers there: a pod, or a host outside that is up. */
  const reaches = (target: Target): boolean => {
    if (parts.network.placeOf(target.address) !== undefined) return true;
    const host = findHost(parts.internet, target);
    return host !== undefined && parts.random() < host.reliability;
  };

  const resolve = async (from: Place, host: string): Promise<Address | undefined> => {
    const now = parts.clock.now();
    const cached = names.get(from.endpoint, host, now);
    if (cached !== undefined) return cached;
    const proxy = parts.proxyOf(from.cluster.name);
    const server = proxy.addressOf("kube-system", "kube-dns");
    if (server === undefined) return undefined;
    const dialled = await dial(from, { address: server, protocol: PROTOCOL.udp, port: DNS_PORT });
    if (dialled.kind === "failed") return undefined;
    parts.network.finish(dialled.connection, DNS_TRANSFER);
    const name = readName(host, from.endpoint);
    const address =
      name.kind === "service"
        ? proxy.addressOf(name.namespace, name.name)
        : parts.internet.hosts.find((external) => external.name === name.host)?.address;
    if (address !== undefined) names.set(from.endpoint, host, { address, nowMs: now });
    return address;
  };

  return {
    call,
    callFromOutside: async (source, { target, operation }) => {
      const connection: Connection = { packet: packetOf(source, target, parts.random), service: undefined, seen: {} };
      const place = parts.network.placeOf(target.address);
      if (place === undefined || parts.network.send(connection) === "dropped") return parts.network.abandon(connection);
      await parts.serve(place, { port: target.port, operation });
      parts.network.finish(connection, OUTSIDE_TRANSFER);
    },
  };
}

interface Dialled {
  readonly kind: "dialled";
  readonly connection: Connection;
  readonly target: Target;
}

interface DialFailure {
  readonly kind: "failed";
  readonly reason: CallFailure["reason"];
  readonly message: string;
}

function failed(callee: string, reason: CallFailure["reason"], message: string): CallResult {
  return { ok: false, failure: { callee, reason, message } };
}

function findHost(internet: Internet, target: Target) {
  return internet.hosts.find((host) => host.address === target.address && host.port === target.port);
}

function packetOf(source: Address, target: Target, random: Random) {
  return {
    protocol: target.protocol,
    source,
    sourcePort: between(32_768, 60_999, random),
    destination: target.address,
    destinationPort: target.port,
  };
}

/** The endpoint of a place, for messages. */
export function placeName({
  cluster,
  endpoint,
}: {
  readonly cluster: { readonly name: string };
  readonly endpoint: Endpoint;
}): string {
  return `${cluster.name}/${endpoint.namespace}/${endpoint.name}`;
}
