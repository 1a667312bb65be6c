import type { Identity } from "../identity/identity";

/** What the agent may show to be let in. */
export type Claim =
  { readonly kind: "credential"; readonly id: string } | { readonly kind: "grant"; readonly id: string };

/**
 * What to show, best first. A grant that this identity was not made from was applied on purpose, to enrol anew, and
 * comes first; the grant that it was made from is only a way back when the credential is refused.
 */
export function claimsOf(identity: Identity, grantId: string): readonly Claim[] {
  const { credential } = identity;
  const grant: readonly Claim[] = grantId === "" ? [] : [{ kind: "grant", id: grantId }];
  if (credential === undefined) return grant;
  const kept: Claim = { kind: "credential", id: credential.id };
  return credential.grantId === grantId ? [kept, ...grant] : [...grant, kept];
}

/** Refusals that speak of the claim itself, so that another claim may fare better. */
export function isAboutClaim(code: string): boolean {
  return /^(grant|credential)-|^(wrong-cluster|cluster-enrolled|cluster-deleted|bad-proof)$/u.test(code);
}
