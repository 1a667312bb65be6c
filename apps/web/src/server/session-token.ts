import { createHash, randomBytes } from "node:crypto";

/** A new token of a session: 256 random bits, as the cookie carries it. */
export const newSessionToken = (): string => randomBytes(32).toString("base64url");

/** What is stored of a token: its SHA-256. A read of the table gives nobody a session. */
export const hashSessionToken = (token: string): Uint8Array => createHash("sha256").update(token).digest();

/** The name of the cookie; over https the prefix binds it to this host and to https. */
export const sessionCookieName = (publicUrl: string): string =>
  publicUrl.startsWith("https:") ? "__Host-isthmus_session" : "isthmus_session";

export interface SessionCookie {
  readonly publicUrl: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** The Set-Cookie header that begins a session. */
export function sessionCookie({ publicUrl, token, expiresAt }: SessionCookie): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  const name = sessionCookieName(publicUrl);
  return `${name}=${token}; Path=/; HttpOnly; SameSite=Lax; Expires=${expiresAt.toUTCString()}${secure}`;
}

/** The Set-Cookie header that ends it in the browser. */
export const clearedSessionCookie = (publicUrl: string): string =>
  sessionCookie({ publicUrl, token: "", expiresAt: new Date(0) });

/** The token in a Cookie header; undefined where there is none. */
export function tokenIn(cookieHeader: string | null, publicUrl: string): string | undefined {
  const name = sessionCookieName(publicUrl);
  for (const part of (cookieHeader ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

/** What every API token begins with, so that people and scanners know one when they see it. */
export const apiTokenPrefix = "isthmus_";

/** The API token in an Authorization header; undefined where the header is absent or means something else. */
export function bearerTokenIn(header: string | null): string | undefined {
  const token = /^bearer +(\S+)$/i.exec(header ?? "")?.[1];
  return token?.startsWith(apiTokenPrefix) === true ? token : undefined;
}
