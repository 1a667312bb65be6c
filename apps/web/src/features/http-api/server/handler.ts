import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { AppError, errorKinds, toWireError } from "../../../server/errors";
import { contextOf } from "../../../server/request";
import { appRouter } from "../../../server/router";
import type { Server } from "../../../server/server";
import { createCallerFactory } from "../../../server/trpc";
import { openApiDocument } from "./document";
import { endpoints } from "./endpoints";
import type { Endpoint } from "./endpoint";
import { match } from "./match";

const createCaller = createCallerFactory(appRouter);
const base = "/api/v1";
const bodyLimitBytes = 1 << 20;

/** Answers a request below /api/v1. An API token alone proves who asks: cookies are not looked at. */
export async function handleHttpApi(server: Server, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.slice(base.length).replace(/\/$/, "");
  if (path === "/openapi.json" && request.method === "GET") return json(200, openApiDocument(server.config.publicUrl));
  const found = match(endpoints, request.method, path);
  if (found.kind === "nothing") return refusal(new AppError("not-found", `There is nothing at ${base}${path}.`));
  if (found.kind === "other-methods") {
    const wire = toWireError(new AppError("invalid-input", `Use ${found.methods.join(" or ")} here.`));
    return json(405, wire, { allow: found.methods.join(", ") });
  }
  try {
    return await answer(server, request, found);
  } catch (error) {
    if (!(error instanceof TRPCError) && toWireError(error).code === "internal")
      server.log.error({ err: error, path }, "a request of the HTTP API failed");
    return refusal(error);
  }
}

interface Found {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

async function answer(server: Server, request: Request, { endpoint, params }: Found): Promise<Response> {
  const context = await contextOf(server, withoutCookies(request), new Headers());
  const { identity } = context;
  if (identity?.token === undefined)
    throw new AppError("not-signed-in", "Send an API token that is in use, as “Authorization: Bearer isthmus_…”.");
  const input = readInput(endpoint, { ...(await fieldsOf(endpoint, request)), ...params });
  const result = await endpoint.run(createCaller(context), input, identity);
  if (endpoint.output === undefined)
    return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
  return json(endpoint.status, endpoint.output.parse(result));
}

/** The same request as a program without a cookie jar sends it. */
function withoutCookies(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.delete("cookie");
  return new Request(request.url, { headers });
}

function readInput({ input }: Endpoint, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const read = input.safeParse(fields);
  if (read.success) return read.data;
  const lines = read.error.issues.slice(0, 5).map(({ path, message }) => {
    const place = path.map(String).join(".");
    return place === "" ? message : `${place}: ${message}`;
  });
  throw new AppError("invalid-input", lines.join("; "));
}

async function fieldsOf({ method }: Endpoint, request: Request): Promise<Readonly<Record<string, unknown>>> {
  if (method === "GET" || method === "DELETE") return Object.fromEntries(new URL(request.url).searchParams);
  const text = await bodyOf(request);
  if (text.trim() === "") return {};
  const kind = request.headers.get("content-type") ?? "";
  if (!/^application\/json\b/i.test(kind)) throw new AppError("invalid-input", "Send the body as application/json.");
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new AppError("invalid-input", "The body is not JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new AppError("invalid-input", "The body is not a JSON object.");
  return body as Readonly<Record<string, unknown>>;
}

async function bodyOf(request: Request): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of request.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > bodyLimitBytes) throw new AppError("too-large", "The body has more than 1 MiB.");
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

function refusal(error: unknown): Response {
  const wire = error instanceof TRPCError ? toWireError(error.cause ?? error, error.code) : toWireError(error);
  const status = getHTTPStatusCodeFromError(new TRPCError({ code: errorKinds[wire.code].trpc }));
  return json(status, wire, status === 401 ? { "www-authenticate": "Bearer" } : {});
}

const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  Response.json(body, { status, headers: { "cache-control": "no-store", ...headers } });
