import { excessOf } from "../auth/escalation";
import type { Identity } from "../auth/identity";
import { refusalText, type Attributes } from "../auth/rbac";
import { stringOf, valueAt, type JsonObject } from "../json";
import type { ApiContext, Target } from "./context";
import type { ApiRequest } from "./request";
import { ApiError, forbidden } from "./status";

/** Refuses what RBAC does not permit, in Kubernetes' words. */
export function authorize(context: ApiContext, identity: Identity, attributes: Attributes): void {
  if (context.authorizer.allows(identity, attributes)) return;
  const text = refusalText(identity, attributes);
  if (attributes.kind === "path") throw new ApiError({ code: 403, reason: "Forbidden" }, `forbidden: ${text}`);
  const { group, resource: plural, subresource, name } = attributes;
  const shown = subresource === "" ? plural : `${plural}/${subresource}`;
  throw forbidden({ group, plural: shown, kind: shown }, name, text);
}

/** Refuses a request as `authorize` does, and has its audit trail say why it was allowed. */
export function authorizeRequest(context: ApiContext, { identity, audit }: ApiRequest, attributes: Attributes): void {
  const reason = audit && context.authorizer.reasonFor(identity, attributes);
  audit?.authorized({ decision: reason === undefined ? "forbid" : "allow", reason: reason ?? "" });
  authorize(context, identity, attributes);
}

/** Refuses a role or binding that gives away more than its writer holds. */
export function authorizeRbac({ context, kind }: Target, identity: Identity, object: JsonObject): void {
  if (kind.group !== "rbac.authorization.k8s.io") return;
  const excess = excessOf(context.authorizer, context.store, { identity, plural: kind.plural, object });
  if (excess === "") return;
  const text = `user "${identity.name}" (groups=${JSON.stringify(identity.groups)}) is attempting to grant RBAC permissions not currently held:\n${excess}`;
  throw forbidden(kind, stringOf(valueAt(object, "metadata", "name")), text);
}
