import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { ClusterAccess } from "../config/cluster-access";

/** One request; the path is absolute and already encoded. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string;
  /** `application/json` where it is left out. */
  readonly accept?: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Silence after which the connection counts as dead; reset by every byte. */
  readonly idleTimeoutMs: number;
}

/** Sends requests to one API server over kept-alive connections. */
export interface HttpsTransport {
  send(request: HttpRequest): Promise<IncomingMessage>;
  close(): void;
}

const KEEP_ALIVE_MS = 15_000;
const IDLE_SOCKETS = 4;

/** A transport for the access given; the token is asked for with each request, and once more after a 401. */
export function createHttpsTransport(access: ClusterAccess): HttpsTransport {
  const base = new URL(access.server);
  const agent = agentFor(access, base);
  const prefix = base.pathname === "/" ? "" : base.pathname;
  const once = async (request: HttpRequest): Promise<IncomingMessage> => {
    const token = await access.token?.token();
    const options: RequestOptions = {
      agent,
      host: base.hostname.replaceAll(/^\[|\]$/gu, ""),
      port: base.port === "" ? (base.protocol === "https:" ? 443 : 80) : base.port,
      method: request.method,
      path: prefix + request.path,
      headers: headersOf(request, token),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    return exchange(base.protocol === "https:" ? httpsRequest : httpRequest, options, request);
  };
  return {
    async send(request) {
      const answer = await once(request);
      if (answer.statusCode !== 401 || access.token === undefined) return answer;
      answer.resume();
      access.token.reject();
      return once(request);
    },
    close: () => agent.destroy(),
  };
}

function agentFor(access: ClusterAccess, base: URL): HttpAgent {
  const pool = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxFreeSockets: IDLE_SOCKETS };
  if (base.protocol !== "https:") return new HttpAgent(pool);
  return new HttpsAgent({
    ...pool,
    minVersion: "TLSv1.2",
    ...(access.ca === undefined ? {} : { ca: access.ca }),
    ...(access.serverName === undefined ? {} : { servername: access.serverName }),
    ...(access.skipVerification === true ? { rejectUnauthorized: false } : {}),
    ...(access.clientCertificate === undefined ? {} : access.clientCertificate),
  });
}

function headersOf(request: HttpRequest, token: string | undefined): Record<string, string> {
  return {
    accept: request.accept ?? "application/json",
    "user-agent": "isthmus-agent",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(request.contentType === undefined ? {} : { "content-type": request.contentType }),
    ...(request.body === undefined ? {} : { "content-length": String(Buffer.byteLength(request.body)) }),
  };
}

function exchange(start: typeof httpRequest, options: RequestOptions, request: HttpRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = start(options, resolve);
    outgoing.setTimeout(request.idleTimeoutMs, () => {
      outgoing.destroy(new Error(`the API server was silent for ${request.idleTimeoutMs} ms`));
    });
    outgoing.on("error", reject);
    outgoing.end(request.body);
  });
}
