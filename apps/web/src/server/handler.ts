import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { contextOf } from "./request";
import { appRouter } from "./router";
import type { Server } from "./server";

/** Answers a request to the API. */
export function handleApiRequest(server: Server, request: Request): Promise<Response> {
  return fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    createContext: ({ resHeaders }) => contextOf(server, request, resHeaders),
    responseMeta: ({ type, errors }) => ({
      // A stream says itself how it is to be kept.
      ...(type === "subscription" ? {} : { headers: { "cache-control": "no-store" } }),
      // On the wire of JSON-RPC this is an internal error; to load balancers it should not be.
      ...(errors.some(({ code }) => code === "SERVICE_UNAVAILABLE") ? { status: 503 } : {}),
    }),
  });
}
