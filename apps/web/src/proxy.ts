import { NextResponse, type NextRequest } from "next/server";
import { isPublicOverHttps } from "./config";
import { development } from "./env";
import { contentSecurityPolicy, securityHeaders } from "./server/security-headers";

/** Gives every page its security headers, and its scripts a nonce of their own. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, development);
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("x-isthmus-path", `${request.nextUrl.pathname}${request.nextUrl.search}`);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value);
  // By the public address, and not by how a proxy in front speaks to this process.
  if (isPublicOverHttps()) response.headers.set("strict-transport-security", "max-age=31536000");
  return response;
}

export const config = { matcher: ["/((?!_next/static|healthz|readyz).*)"] };
