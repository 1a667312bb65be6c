import type { RequestContext } from "./context";
import { identify } from "./identity";
import type { Server } from "./server";
import { tokenIn } from "./session-token";

/** Reads who a request comes from: its session, its address, and whether a page of ours sent it. */
export async function contextOf(server: Server, request: Request, responseHeaders: Headers): Promise<RequestContext> {
  const token = tokenIn(request.headers.get("cookie"), server.config.publicUrl);
  const identity = token === undefined ? undefined : await identify(server.database, token, server.clock.now());
  return {
    server,
    log: server.log,
    identity,
    sameOrigin: isSameOrigin(request.headers, server.config.publicUrl),
    ip: clientAddress(request.headers),
    userAgent: (request.headers.get("user-agent") ?? "").slice(0, 400),
    responseHeaders,
  };
}

/**
 * A browser says where a request comes from, and a page cannot change it: `Sec-Fetch-Site`, or `Origin` in older ones.
 * What is not a browser sends neither, and carries no cookie that it was not given.
 */
export function isSameOrigin(headers: Headers, publicUrl: string): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  return origin === null || origin === new URL(publicUrl).origin;
}

// The launcher writes the peer's address into this header and drops what a client sent under its name.
const clientAddress = (headers: Headers) => headers.get("x-isthmus-peer") ?? "";
