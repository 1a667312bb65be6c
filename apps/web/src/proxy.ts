import { NextResponse, type NextRequest } from "next/server";
import { development } from "./env";
import { contentSecurityPolicy } from "./server/content-security-policy";

/** Gives every page its content security policy, and its scripts a nonce of their own. Other headers: answer-headers.mjs. */
export function proxy(request: NextRequest): NextResponse {
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, development);
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("x-isthmus-path", `${request.nextUrl.pathname}${request.nextUrl.search}`);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}

export const config = { matcher: ["/((?!_next/static|healthz|readyz).*)"] };
