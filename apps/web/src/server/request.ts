import type { RequestContext } from "./context";
import { identify, identifyToken, type Identity } from "./identity";
import type { Server } from "./server";
import { bearerTokenIn, tokenIn } from "./session-token";

/** Reads who a request comes from: its session, its address, and whether a page of ours sent it. */
export async function contextOf(server: Server, request: Request, responseHeaders: Headers): Promise<RequestContext> {
  const identity = await identityOf(server, request.headers);
  return {
    server,
    log: server.log,
    identity,
    // A browser sends a cookie by itself and a token never.
    sameOrigin: identity?.token !== undefined || isSameOrigin(request.headers, server.config.publicUrl),
    ip: clientAddress(request.headers),
    userAgent: (request.headers.get("user-agent") ?? "").slice(0, 400),
    responseHeaders,
  };
}

/** Who sent these headers. Where a token is named, no cookie is looked at: a wrong token is nobody. */
async function identityOf(server: Server, headers: Headers): Promise<Identity | undefined> {
  const nowMs = server.clock.now();
  const bearer = bearerTokenIn(headers.get("authorization"));
  if (bearer !== undefined) return identifyToken(server.database, bearer, { nowMs, ip: clientAddress(headers) });
  const token = tokenIn(headers.get("cookie"), server.config.publicUrl);
  return token === undefined ? undefined : identify(server.database, token, nowMs);
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
