import { timingSafeEqual } from "node:crypto";
import type { FoundCredential, FoundGrant } from "@isthmus/db";
import { sha256, type RefusalCode } from "@isthmus/protocol";

/** How long a credential lives; agents renew at half of it. */
export const CREDENTIAL_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** What an agent showed of itself, after its signature was checked. */
export interface Shown {
  readonly publicKey: Uint8Array;
  readonly clusterUid: string;
  readonly grantSecret: Uint8Array;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);

/**
 * Judges a grant. "grant-used" is not final: the key that redeemed it may do so again (its Welcome may have been
 * lost), which the redemption itself decides.
 */
export function decideGrant(grant: FoundGrant | undefined, shown: Shown, nowMs: number): RefusalCode | "redeem" {
  // INVARIANT: a wrong secret is told nothing that an unknown grant is not told.
  if (grant === undefined || !same(sha256(shown.grantSecret), grant.secretHash)) return "grant-unknown";
  if (grant.clusterDeletedAt !== null) return "cluster-deleted";
  if (grant.revokedAt !== null) return "grant-revoked";
  if (grant.expiresAt.getTime() <= nowMs) return "grant-expired";
  return "redeem";
}

/** Judges a credential; the signature was checked against the key that Hello named, which must be the enrolled one. */
export function decideCredential(
  credential: FoundCredential | undefined,
  shown: Shown,
  nowMs: number,
): RefusalCode | "resume" {
  if (credential === undefined) return "credential-unknown";
  if (!same(shown.publicKey, credential.publicKey)) return "bad-proof";
  if (credential.clusterDeletedAt !== null) return "cluster-deleted";
  if (credential.revokedAt !== null) return "credential-revoked";
  if (credential.kubeSystemUid !== shown.clusterUid) return "wrong-cluster";
  if (credential.expiresAt.getTime() <= nowMs) return "credential-expired";
  return "resume";
}
