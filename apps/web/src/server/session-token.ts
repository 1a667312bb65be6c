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

/** The session's token in a Cookie header; undefined where there is none. */
export const tokenIn = (cookieHeader: string | null, publicUrl: string): string | undefined =>
  cookieIn(cookieHeader, sessionCookieName(publicUrl));

/** The value of a cookie in a Cookie header; undefined where it is absent or empty. */
export function cookieIn(cookieHeader: string | null, name: string): string | undefined {
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
