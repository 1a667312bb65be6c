import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import superjson from "superjson";
import { toWireError, type AppError } from "./errors";
import { contextOf } from "./request";
import { readJsonRequest } from "./request-body";
import { appRouter } from "./router";
import type { Server } from "./server";

// A page asks for a dozen things at once.
const largestBatch = 50;

/** Answers a request to the API. */
export async function handleApiRequest(server: Server, request: Request): Promise<Response> {
  const read = await readJsonRequest(request);
  if (!read.ok) return refused(read.error);
  return fetchRequestHandler({
    endpoint: "/api/trpc",
    req: read.value,
    router: appRouter,
    maxBatchSize: largestBatch,
    createContext: ({ resHeaders }) => contextOf(server, read.value, resHeaders),
    responseMeta: ({ type, errors }) => ({
      // A stream says itself how it is to be kept.
      ...(type === "subscription" ? {} : { headers: { "cache-control": "no-store" } }),
      // On the wire of JSON-RPC this is an internal error; to load balancers it should not be.
      ...(errors.some(({ code }) => code === "SERVICE_UNAVAILABLE") ? { status: 503 } : {}),
    }),
  });
}

/** A request that no procedure saw, in the words of one that failed. */
function refused(error: AppError): Response {
  const data = toWireError(error);
  const body = { error: superjson.serialize({ code: -32600, message: data.message, data }) };
  const status = error.code === "too-large" ? 413 : 400;
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}
