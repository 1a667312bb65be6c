/** How a token stands: whether it can still be used, and for how long. */
export type TokenState = "good" | "expires-soon" | "expired" | "revoked";

export interface TokenTimes {
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
}

const soonMs = 7 * 86_400_000;

/** The state of a token at a time. */
export function tokenState({ expiresAt, revokedAt }: TokenTimes, nowMs: number): TokenState {
  if (revokedAt !== null) return "revoked";
  const left = expiresAt.getTime() - nowMs;
  if (left <= 0) return "expired";
  return left <= soonMs ? "expires-soon" : "good";
}

/** Whether a token in this state can be used. */
export const isUsable = (state: TokenState): boolean => state === "good" || state === "expires-soon";

const rank: Readonly<Record<TokenState, number>> = { "expires-soon": 0, good: 1, expired: 2, revoked: 3 };

/** Tokens as a list shows them: those that need an eye first, then the newest, then those that are over. */
export function inOrder<T extends TokenTimes & { readonly createdAt: Date }>(tokens: readonly T[], nowMs: number): T[] {
  return [...tokens].sort(
    (a, b) => rank[tokenState(a, nowMs)] - rank[tokenState(b, nowMs)] || b.createdAt.getTime() - a.createdAt.getTime(),
  );
}

/** Lengths that a new token may live, in days. */
export const offeredDays = [7, 30, 90, 365] as const;
