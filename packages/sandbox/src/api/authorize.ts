import { excessOf } from "../auth/escalation";
import type { Identity } from "../auth/identity";
import { refusalText, type Attributes } from "../auth/rbac";
import { stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { tieredResources } from "./admission/calico-kinds";
import type { ApiContext, Target } from "./context";
import type { Kind } from "./kinds";
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

/** Refuses a role or binding that gives away more than its writer holds. */
export function authorizeRbac({ context, kind }: Target, identity: Identity, object: JsonObject): void {
  if (kind.group !== "rbac.authorization.k8s.io") return;
  const excess = excessOf(context.authorizer, context.store, { identity, plural: kind.plural, object });
  if (excess === "") return;
  const text = `user "${identity.name}" (groups=${JSON.stringify(identity.groups)}) is attempting to grant RBAC permissions not currently held:\n${excess}`;
  throw forbidden(kind, stringOf(valueAt(object, "metadata", "name")), text);
}

/** A write to a Calico policy; `live` and `next` are what is there before and after. */
export interface TieredWrite {
  readonly identity: Identity;
  readonly verb: string;
  readonly name: string;
  readonly live: KubeObject | undefined;
  readonly next: JsonObject | undefined;
}

/**
 * Calico's own rule on top of RBAC: to write a policy one must `get` its tier, and have the verb on the pseudo resource
 * `tier.<resource>` by the policy's name or by `<tier>.*`. A move between tiers needs it for both. As with Calico's
 * native v3 kinds, reading is left to RBAC alone.
 */
export function authorizeTier(context: ApiContext, kind: Kind, write: TieredWrite): void {
  if (kind.group !== "projectcalico.org" || !tieredResources.includes(kind.plural)) return;
  const tiers = [write.live, write.next]
    .filter((object) => object !== undefined)
    .map((object) => stringOf(valueAt(object, "spec", "tier")) || "default");
  for (const tier of new Set(tiers)) checkTier(context, kind, { ...write, tier });
}

function checkTier(context: ApiContext, kind: Kind, write: TieredWrite & { readonly tier: string }): void {
  const { identity, verb, name, tier } = write;
  const ask = (resource: string, wanted: { verb: string; name: string }) =>
    context.authorizer.allows(identity, {
      kind: "resource",
      group: "projectcalico.org",
      resource,
      subresource: "",
      namespace: resource === "tiers" ? "" : stringOf(valueAt(write.live ?? write.next, "metadata", "namespace")),
      ...wanted,
    });
  const tierGet = ask("tiers", { verb: "get", name: tier });
  const policy = `tier.${kind.plural}`;
  if (tierGet && (ask(policy, { verb, name }) || ask(policy, { verb, name: `${tier}.*` }))) return;
  const why = tierGet ? "" : " (user cannot get tier)";
  throw forbidden(
    kind,
    name,
    `User "${identity.name}" cannot ${verb} ${kind.plural}.projectcalico.org in tier "${tier}"${why}`,
  );
}
