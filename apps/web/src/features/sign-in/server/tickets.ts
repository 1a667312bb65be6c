import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Server } from "../../../server/server";

/** What a ticket stands for; each kind is put and taken by one place. */
export type TicketKind = "oidc" | "oidc-test" | "second-factor" | "totp-enrolment";

const hashOf = (token: string): Uint8Array => createHash("sha256").update(token).digest();

/** Keeps `data` (JSON) for so long under a new token, which is all that whoever takes it needs. */
export async function putTicket(
  { database, clock }: Server,
  ticket: { readonly kind: TicketKind; readonly data: unknown; readonly forMs: number; readonly token?: string },
): Promise<string> {
  const { kind, data, forMs, token = randomBytes(32).toString("base64url") } = ticket;
  const now = new Date(clock.now());
  const expiresAt = new Date(now.getTime() + forMs);
  await database.lookups.putSignInTicket({ tokenHash: hashOf(token), kind, data, now, expiresAt });
  return token;
}

/** Takes a ticket: a second who asks gets undefined, as after its time. */
export const takeTicket = ({ database, clock }: Server, kind: TicketKind, token: string): Promise<unknown> =>
  database.lookups.takeSignInTicket({ tokenHash: hashOf(token), kind, now: new Date(clock.now()) });

const cookieName = (publicUrl: string) =>
  publicUrl.startsWith("https:") ? "__Host-isthmus_sign_in" : "isthmus_sign_in";

/** A cookie that ties a sign-in to the browser that began it; with `forMs` 0 it is cleared. */
export function browserCookie(publicUrl: string, value: string, forMs: number): string {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${cookieName(publicUrl)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${forMs / 1_000}${secure}`;
}

/** What ties a sign-in to its browser: the value for its cookie, and what the ticket holds of it. */
export function newBrowserTie(): { readonly value: string; readonly hash: string } {
  const value = randomBytes(32).toString("base64url");
  return { value, hash: Buffer.from(hashOf(value)).toString("base64url") };
}

/** Whether the request comes from the browser that a ticket's `hash` was made for. */
export function comesFromBrowser(headers: Headers, publicUrl: string, hash: string): boolean {
  const prefix = `${cookieName(publicUrl)}=`;
  const part = (headers.get("cookie") ?? "").split(";").find((each) => each.trim().startsWith(prefix));
  const value = part?.trim().slice(prefix.length) ?? "";
  const [given, expected] = [Buffer.from(hashOf(value)), Buffer.from(hash, "base64url")];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
