import { timingSafeEqual } from "node:crypto";
import { hashSecret, newSecret } from "../../../server/random-secret";
import type { Server } from "../../../server/server";
import { cookieIn, cookieName, setCookie } from "../../../server/cookie";

/** What a ticket stands for; each kind is put and taken by one place. */
export type TicketKind =
  "oidc" | "oidc-test" | "oidc-connect" | "password-link" | "logout-token" | "second-factor" | "totp-enrolment";

/** Keeps `data` (JSON) for so long under a new token, which is all that whoever takes it needs. */
export async function putTicket(
  { database, clock }: Server,
  ticket: { readonly kind: TicketKind; readonly data: unknown; readonly forMs: number; readonly token?: string },
): Promise<string> {
  const { kind, data, forMs, token = newSecret() } = ticket;
  const now = new Date(clock.now());
  const expiresAt = new Date(now.getTime() + forMs);
  await database.lookups.putSignInTicket({ tokenHash: hashSecret(token), kind, data, now, expiresAt });
  return token;
}

/** Takes a ticket: a second who asks gets undefined, as after its time. */
export const takeTicket = ({ database, clock }: Server, kind: TicketKind, token: string): Promise<unknown> =>
  database.lookups.takeSignInTicket({ tokenHash: hashSecret(token), kind, now: new Date(clock.now()) });

/** What a ticket holds, which stays to be taken; undefined as where it cannot be taken. */
export const readTicket = ({ database, clock }: Server, kind: TicketKind, token: string): Promise<unknown> =>
  database.lookups.readSignInTicket({ tokenHash: hashSecret(token), kind, now: new Date(clock.now()) });

/** A cookie that ties a sign-in to the browser that began it; with `forMs` 0 it is cleared. */
export const browserCookie = (publicUrl: string, value: string, forMs: number): string =>
  setCookie({ publicUrl, name: "isthmus_sign_in", value, lifetime: { forMs } });

/** What ties a sign-in to its browser: the value for its cookie, and what the ticket holds of it. */
export function newBrowserTie(): { readonly value: string; readonly hash: string } {
  const value = newSecret();
  return { value, hash: Buffer.from(hashSecret(value)).toString("base64url") };
}

/** Whether the request comes from the browser that a ticket's `hash` was made for. */
export function comesFromBrowser(headers: Headers, publicUrl: string, hash: string): boolean {
  const value = cookieIn(headers.get("cookie"), cookieName(publicUrl, "isthmus_sign_in")) ?? "";
  const [given, expected] = [Buffer.from(hashSecret(value)), Buffer.from(hash, "base64url")];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
