import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { getServer } from "../../../../server/main";
import { contextOf } from "../../../../server/request";
import { appRouter } from "../../../../server/router";

export const dynamic = "force-dynamic";

async function handle(request: Request): Promise<Response> {
  const server = await getServer();
  return fetchRequestHandler({
    endpoint: "/api/trpc",
    req: request,
    router: appRouter,
    createContext: ({ resHeaders }) => contextOf(server, request, resHeaders),
    // A stream says itself how it is to be kept.
    responseMeta: ({ type }) => (type === "subscription" ? {} : { headers: { "cache-control": "no-store" } }),
  });
}

export { handle as GET, handle as POST };
