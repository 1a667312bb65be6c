import { authorize, type PolicyResource } from "./authorize";
import type { Access } from "./compile";

/**
 * Whether a policy may be moved: read and written where it is, written where it goes. Between tiers Calico wants both
 * tiers' rights too (webhooks/pkg/rbac).
 */
export const mayMovePolicy = (access: Access, from: PolicyResource, to: PolicyResource): boolean =>
  authorize(access, "policies.read", from) &&
  authorize(access, "policies.write", from) &&
  authorize(access, "policies.write", to);
