import type { Dimension, Permission } from "./permissions";

/** By what a binding reaches the subject. */
export interface Via {
  readonly kind: "person" | "group";
  /** Name of the person or token, or of the group with its provider. */
  readonly name: string;
}

/** One binding that grants what was asked, or a part of it. */
export interface GrantedBy {
  readonly bindingId: string;
  readonly roleName: string;
  readonly via: Via;
  /** Its scope in words. */
  readonly scope: string;
  /** What it grants: the permission that was asked for, or `tiers.read`, which policies need beside it. */
  readonly grants: Permission;
  /** For a policy: those of its clusters for which it does. */
  readonly clusterIds?: readonly string[];
}

/** One thing that is in the way. */
export interface MissingReason {
  readonly code:
    | "no-binding"
    | "role-unknown"
    | "role-lacks-permission"
    | "selector-blank"
    | "selector-unreadable"
    | "scope-empty"
    | "scope-limited"
    | "scope-leaves-out"
    | "tier-cannot-be-read"
    | "view-as-is-read-only";
  /** Where: in what the subject holds at all, in one binding, or in what a token is limited to. */
  readonly at: "subject" | "binding" | "ceiling";
  readonly bindingId?: string;
  readonly dimension?: Dimension;
  /** For people: what is in the way. */
  readonly sentence: string;
}

/** Why something is granted, or why it is not. */
export interface Explanation {
  /** What `authorize` says. */
  readonly allowed: boolean;
  /** Empty unless allowed. */
  readonly grantedBy: readonly GrantedBy[];
  /** Empty if and only if allowed. What is nearest to granting it comes first. */
  readonly missing: readonly MissingReason[];
  /** How many bindings, and how many things in the way, are not told of since there are more than was asked for. */
  readonly untold: { readonly grantedBy: number; readonly missing: number };
  /** Names of roles that, bound without a limit, would grant it by themselves. */
  readonly wouldGrant: readonly string[];
}
