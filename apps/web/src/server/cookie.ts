/** The cookies of the sign-in: a session's token, and what ties a sign-in with a provider to its browser. */
type CookieName = "isthmus_session" | "isthmus_sign_in";

/** The name of a cookie as browsers know it; over https the prefix binds it to this host and to https. */
export const cookieName = (publicUrl: string, name: CookieName): string =>
  publicUrl.startsWith("https:") ? `__Host-${name}` : name;

/** A cookie to be set. */
export interface NewCookie {
  readonly publicUrl: string;
  readonly name: CookieName;
  /** Empty, with a lifetime that is over, to clear it. */
  readonly value: string;
  readonly lifetime: { readonly expiresAt: Date } | { readonly forMs: number };
}

/** A Set-Cookie header: kept from scripts, sent on links from other sites and not with their requests. */
export function setCookie({ publicUrl, name, value, lifetime }: NewCookie): string {
  const ends =
    "forMs" in lifetime ? `Max-Age=${lifetime.forMs / 1_000}` : `Expires=${lifetime.expiresAt.toUTCString()}`;
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${cookieName(publicUrl, name)}=${value}; Path=/; HttpOnly; SameSite=Lax; ${ends}${secure}`;
}

/** The value of a cookie in a Cookie header; undefined where it is absent or empty. */
export function cookieIn(cookieHeader: string | null, name: string): string | undefined {
  for (const part of (cookieHeader ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}
