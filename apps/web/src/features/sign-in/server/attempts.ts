import { createHash } from "node:crypto";
import { AppError } from "../../../server/errors";
import type { Server } from "../../../server/server";

const minuteMs = 60_000;

/** What is limited, and how often in which time. Counted in Postgres: together by all processes. */
const limits = {
  /** Passwords tried for an e-mail address from one address, so that nobody shuts out others by trying. */
  "email-from": { allowed: 8, windowMs: 5 * minuteMs },
  /** Passwords tried for an e-mail address from everywhere. */
  email: { allowed: 40, windowMs: 5 * minuteMs },
  /** Passwords tried from an address, which many people may share. */
  address: { allowed: 60, windowMs: 5 * minuteMs },
  /** The current password, asked for again by a person who is signed in. */
  person: { allowed: 8, windowMs: 5 * minuteMs },
  /** Codes of a second factor: of a million codes three are good, so these are few. */
  "second-factor": { allowed: 5, windowMs: 15 * minuteMs },
  /** Sign-ins with a provider begun from an address; each keeps a ticket. */
  "oidc-start": { allowed: 120, windowMs: 5 * minuteMs },
  /** Logout tokens from an address that were refused; those that count are not counted. */
  "backchannel-logout": { allowed: 120, windowMs: 5 * minuteMs },
} as const;

/** A name of `limits`. */
export type Limited = keyof typeof limits;

const hashOf = (limited: Limited, key: string): Uint8Array => createHash("sha256").update(`${limited} ${key}`).digest();

/** Counts an attempt; ms to wait, with nothing counted, where no more are allowed. An empty key is not limited. */
export async function tryAttempt({ database, clock }: Server, limited: Limited, key: string): Promise<number> {
  if (key === "") return 0;
  const { allowed, windowMs } = limits[limited];
  const keys = [{ hash: hashOf(limited, key), allowed }];
  return await database.lookups.countAttempts({ keys, windowMs, now: new Date(clock.now()) });
}

/** Counts an attempt under each limit, or refuses with the minutes to wait. */
export async function limitAttempts(
  server: Server,
  attempts: readonly (readonly [limited: Limited, key: string])[],
): Promise<void> {
  for (const [limited, key] of attempts) {
    const waitMs = await tryAttempt(server, limited, key);
    if (waitMs > 0) {
      throw new AppError("too-many-attempts", `Too many attempts. Try again in ${Math.ceil(waitMs / minuteMs)} min.`);
    }
  }
}

/** A success forgets what was counted. */
export const clearAttempts = ({ database }: Server, limited: Limited, key: string): Promise<void> =>
  database.lookups.clearAttempts(hashOf(limited, key));
