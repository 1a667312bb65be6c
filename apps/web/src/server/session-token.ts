import { cookieIn, cookieName, setCookie } from "./cookie";

/** The name of the cookie that carries a session's token. */
export const sessionCookieName = (publicUrl: string): string => cookieName(publicUrl, "isthmus_session");

export interface SessionCookie {
  readonly publicUrl: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** The Set-Cookie header that begins a session. */
export const sessionCookie = ({ publicUrl, token, expiresAt }: SessionCookie): string =>
  setCookie({ publicUrl, name: "isthmus_session", value: token, lifetime: { expiresAt } });

/** The Set-Cookie header that ends it in the browser. */
export const clearedSessionCookie = (publicUrl: string): string =>
  sessionCookie({ publicUrl, token: "", expiresAt: new Date(0) });

/** The session's token in a Cookie header; undefined where there is none. */
export const tokenIn = (cookieHeader: string | null, publicUrl: string): string | undefined =>
  cookieIn(cookieHeader, sessionCookieName(publicUrl));

/** What every API token begins with, so that people and scanners know one when they see it. */
export const apiTokenPrefix = "isthmus_";

/** The API token in an Authorization header; undefined where the header is absent or means something else. */
export function bearerTokenIn(header: string | null): string | undefined {
  const token = /^bearer +(\S+)$/i.exec(header ?? "")?.[1];
  return token?.startsWith(apiTokenPrefix) === true ? token : undefined;
}
