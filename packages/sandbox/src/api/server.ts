import type { IncomingMessage, ServerResponse } from "node:http";
import * as https from "node:https";
import { isIP, type AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { parse as parseYaml } from "yaml";
import { anonymous, type Identity } from "../auth/identity";
import { impersonated } from "./impersonate";
import type { KeyPair } from "../auth/pki";
import type { JsonObject } from "../json";
import type { AuditedHead, AuditTrail } from "./audit/auditor";
import type { ApiContext } from "./context";
import { aggregatedType, wantsAggregated } from "./discovery";
import { jsonAnswer, sendJson } from "./json-answer";
import { decodeProtobuf, protobufType } from "./protobuf/decode";
import { dispatch } from "./dispatch";
import type { Outcome } from "./outcome";
import type { ApiAnswer, ApiRequest } from "./request";
import { ApiError, badRequest, tooLarge, unauthorized, unsupportedMediaType } from "./status";
import { WatchStreams } from "./watch-stream";

/** How an API server is started. */
export interface ApiServerOptions {
  readonly context: ApiContext;
  readonly serving: KeyPair;
  /** PEM of the authority that signs client certificates. */
  readonly clientAuthority: string;
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** Begins the record of a request, where it is to be recorded. */
  readonly audit?: ((head: AuditedHead) => AuditTrail | undefined) | undefined;
  /** Told of errors that are the server's own. */
  readonly onError: (error: unknown) => void;
}

/** A listening API server. */
export interface ApiServer {
  readonly port: number;
  close(): Promise<void>;
}

const bodyLimit = 3 * 1024 * 1024;

/** Starts the Kubernetes API of one cluster. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { serving, clientAuthority, host, port } = options;
  const tls = {
    cert: serving.certificate,
    key: serving.privateKey,
    ca: clientAuthority,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const streams = new WatchStreams();
  const server = https.createServer({ ...tls, keepAlive: true }, (request, response) => {
    void handle({ ...options, streams }, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
  return { port: (server.address() as AddressInfo).port, close: () => closeServer(server) };
}

function closeServer(server: https.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function handle(
  { context, audit, onError, streams }: ApiServerOptions & { readonly streams: WatchStreams },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let trail: AuditTrail | undefined;
  try {
    const head = headOf(request);
    const user = authenticated(context, request);
    trail =
      audit &&
      beginTrail({ context, audit, head, user: user instanceof ApiError ? undefined : user }, request, response);
    if (user instanceof ApiError) throw user;
    const call = await readRequest(context, { head, user, trail }, request);
    respond({ response, streams }, dispatch(context, call), call);
  } catch (error) {
    if (!(error instanceof ApiError)) onError(error);
    const refusal =
      error instanceof ApiError
        ? error
        : new ApiError(
            { code: 500, reason: "InternalError" },
            "an error on the server has prevented the request from succeeding",
          );
    const answer = { code: refusal.code, body: refusal.status() };
    trail?.complete(answer);
    if (response.headersSent) response.destroy();
    else sendAnswer(response, answer, "application/json");
  }
}

type Head = Omit<ApiRequest, "identity" | "audit" | "body">;

function headOf(request: IncomingMessage): Head {
  const url = new URL(request.url ?? "/", "https://kubernetes.default.svc");
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    contentType: (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "",
    accept: request.headers.accept ?? "",
    userAgent: request.headers["user-agent"] ?? "",
  };
}

interface Beginning {
  readonly context: ApiContext;
  readonly audit: NonNullable<ApiServerOptions["audit"]>;
  readonly head: Head;
  readonly user: Identity | undefined;
}

function beginTrail(
  { context, audit, head, user }: Beginning,
  { headers, socket, url = "/" }: IncomingMessage,
  response: ServerResponse,
): AuditTrail | undefined {
  const auditId = [headers["audit-id"]].flat()[0] ?? context.newUid();
  response.setHeader("audit-id", auditId);
  const forwarded = [headers["x-forwarded-for"] ?? []].flat().flatMap((list) => list.split(","));
  const addresses = [...forwarded.map((address) => address.trim()), socket.remoteAddress ?? ""];
  const sourceIps = [...new Set(addresses.filter((address) => isIP(address) !== 0))];
  return audit({ ...head, uri: url, auditId, sourceIps, user });
}

async function readRequest(
  context: ApiContext,
  { head, user, trail }: { readonly head: Head; readonly user: Identity; readonly trail: AuditTrail | undefined },
  request: IncomingMessage,
): Promise<ApiRequest> {
  const identity = impersonated(context, user, request.headers);
  if (identity !== user) trail?.impersonated(identity);
  const body = parseBody(await readBody(request), head.contentType);
  trail?.request(body);
  return { ...head, identity, audit: trail, body };
}

function authenticated(context: ApiContext, request: IncomingMessage): Identity | ApiError {
  try {
    return identityOf(context, request);
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function identityOf(context: ApiContext, request: IncomingMessage): Identity {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  if (scheme?.toLowerCase() === "bearer" && token) {
    const accepted = context.tokens.accept(token);
    if (!accepted) throw unauthorized();
    return accepted.identity;
  }
  return certificateIdentity(request.socket as TLSSocket) ?? anonymous;
}

function certificateIdentity(socket: TLSSocket): Identity | undefined {
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) return undefined;
  if (!socket.authorized) throw unauthorized();
  const { CN: name, O: groups } = certificate.subject as {
    readonly CN: string;
    readonly O?: string | readonly string[];
  };
  return { name, groups: [...(groups === undefined ? [] : [groups].flat()), "system:authenticated"] };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw tooLarge(bodyLimit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(bytes: Buffer, contentType: string): unknown {
  if (bytes.length === 0) return undefined;
  if (contentType === protobufType) return decodeProtobuf(bytes);
  const text = bytes.toString("utf8");
  const yaml = contentType.endsWith("yaml");
  if (!yaml && contentType !== "" && !contentType.endsWith("json"))
    throw unsupportedMediaType(`application/json, application/yaml, ${protobufType}`);
  try {
    return yaml && !/^\s*[{[]/.test(text) ? parseYaml(text) : JSON.parse(text);
  } catch (cause) {
    throw badRequest(
      `the body of the request could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

function respond(
  { response, streams }: { readonly response: ServerResponse; readonly streams: WatchStreams },
  outcome: Outcome,
  call: ApiRequest,
): void {
  switch (outcome.kind) {
    case "text":
      call.audit?.complete({ code: outcome.code, body: {} });
      response.writeHead(outcome.code, { "content-type": "text/plain; charset=utf-8" }).end(outcome.text);
      return;
    case "watch":
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-cache, private" });
      response.flushHeaders();
      call.audit?.started(200);
      response.once("close", () => call.audit?.complete({ code: 200, body: {} }));
      outcome.run(streams.sink(response));
      return;
    case "answer":
      call.audit?.complete(outcome.answer);
      sendAnswer(response, outcome.answer, answerType(call, outcome.answer.body));
  }
}

function answerType({ accept }: ApiRequest, body: JsonObject): string {
  return body["kind"] === "APIGroupDiscoveryList" && wantsAggregated(accept) ? aggregatedType : "application/json";
}

function sendAnswer(response: ServerResponse, { code, body, warnings = [] }: ApiAnswer, contentType: string): void {
  const answer = jsonAnswer(body);
  const warning = warnings.map((message) => `299 - ${JSON.stringify(message)}`);
  const headers = {
    "content-type": contentType,
    "content-length": answer.bytes,
    "cache-control": "no-cache, private",
  };
  response.writeHead(code, { ...headers, ...(warning.length > 0 ? { warning: warning.join(", ") } : {}) });
  sendJson(answer, response);
}
