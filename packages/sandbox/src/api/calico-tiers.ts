import type { Identity } from "../auth/identity";
import { stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { tieredResources } from "./admission/calico-kinds";
import type { ApiContext } from "./context";
import type { Kind } from "./kinds";
import type { ApiRequest, ResourcePath } from "./request";
import { forbidden } from "./status";

/** A write to a Calico policy; `live` and `next` are what is there before and after. */
export interface TieredWrite {
  readonly identity: Identity;
  readonly verb: string;
  readonly name: string;
  readonly live: KubeObject | undefined;
  readonly next: JsonObject | undefined;
}

const isTiered = ({ group, plural }: Kind): boolean =>
  group === "projectcalico.org" && tieredResources.includes(plural);
const tierOf = (object: JsonObject): string => stringOf(valueAt(object, "spec", "tier")) || "default";

/**
 * Calico's own rule on top of RBAC: to write a policy one must `get` its tier, and have the verb on the pseudo resource
 * `tier.<resource>` by the policy's name or by `<tier>.*`. Calico's own API server reads the tier in the name; where the
 * kinds are definitions it is the spec's, and a move between tiers needs the right for both.
 */
export function authorizeTier(context: ApiContext, kind: Kind, write: TieredWrite): void {
  if (!isTiered(kind)) return;
  const objects = [write.live, write.next].filter((object) => object !== undefined);
  const tiers = kind.origin === "calico-server" ? [tierInName(write.name)] : objects.map(tierOf);
  const namespace = stringOf(valueAt(objects[0], "metadata", "namespace"));
  for (const tier of new Set(tiers)) refuseUnlessAllowed(context, kind, { ...write, namespace, tier });
}

/**
 * The request as somebody may make it who reads policies: by definitions as RBAC alone says, while Calico's own API
 * server asks for the tiers as it does for a write, and without a selector shows those of the tiers that are allowed
 * (apiserver, registry/projectcalico/util).
 */
export function readOfTiers(
  context: ApiContext,
  kind: Kind,
  call: { readonly request: ApiRequest; readonly path: ResourcePath; readonly verb: string },
): ApiRequest {
  const { request, path, verb } = call;
  if (!isTiered(kind) || kind.origin !== "calico-server") return request;
  const asked = { identity: request.identity, verb, name: path.name, namespace: path.namespace };
  const named = path.name === "" ? tiersAsked(request.query) : [tierInName(path.name)];
  for (const tier of named ?? []) refuseUnlessAllowed(context, kind, { ...asked, tier });
  return named ? request : narrowed(context, kind, { ...asked, request });
}

/**
 * Ends a watch of policies when a tier comes or changes, as Calico's own API server does (registry/projectcalico/util,
 * WatchManager): the watch shows the tiers that there were when it began, and the reader's next one shows them all.
 */
export function endWithNewTier(context: ApiContext, kind: Kind, end: () => void): () => void {
  if (!isTiered(kind) || kind.origin !== "calico-server") return () => {};
  return context.store.subscribe("tiers.projectcalico.org", ({ type }) => {
    if (type !== "DELETED") end();
  });
}

function narrowed(
  context: ApiContext,
  kind: Kind,
  { request, ...asked }: Omit<Asked, "tier"> & { readonly request: ApiRequest },
): ApiRequest {
  const tiers = context.store.list("tiers.projectcalico.org").map(({ metadata }) => metadata.name);
  const allowed = tiers.filter((tier) => allows(context, kind, { ...asked, tier }) === "yes");
  if (allowed.length === 0 && tiers.length > 0)
    throw forbidden(kind, "", "operation on Calico tiered policy is forbidden");
  const query = new URLSearchParams(request.query);
  const selector = `projectcalico.org/tier in (${allowed.join(",")})`;
  query.set("labelSelector", [query.get("labelSelector"), selector].filter(Boolean).join(","));
  return { ...request, query };
}

interface Asked extends Pick<TieredWrite, "identity" | "verb" | "name"> {
  readonly namespace: string;
  readonly tier: string;
}

function allows(context: ApiContext, kind: Kind, asked: Asked): "yes" | "no" | "no-tier" {
  const { identity, verb, name, namespace, tier } = asked;
  const ask = (resource: string, wanted: { verb: string; name: string; namespace: string }) =>
    context.authorizer.allows(identity, {
      kind: "resource",
      group: "projectcalico.org",
      resource,
      subresource: "",
      ...wanted,
    });
  if (!ask("tiers", { verb: "get", name: tier, namespace: "" })) return "no-tier";
  const policies = `tier.${kind.plural}`;
  const found = [name, `${tier}.*`].some((wanted) => ask(policies, { verb, name: wanted, namespace }));
  return found ? "yes" : "no";
}

function refuseUnlessAllowed(context: ApiContext, kind: Kind, asked: Asked): void {
  const answer = allows(context, kind, asked);
  if (answer === "yes") return;
  const { identity, verb, name, namespace, tier } = asked;
  const where = namespace !== "" && kind.origin === "calico-server" ? ` and namespace "${namespace}"` : "";
  const why = answer === "no-tier" ? " (user cannot get tier)" : "";
  const what = `${kind.plural}.projectcalico.org in tier "${tier}"`;
  throw forbidden(kind, name, `User "${identity.name}" cannot ${verb} ${what}${where}${why}`);
}

/** The tier that Calico's own API server reads in a policy's name. */
function tierInName(name: string): string {
  const foreign = ["knp.default.", "ossg."].some((prefix) => name.startsWith(prefix));
  return foreign || !name.includes(".") ? "default" : (name.split(".")[0] ?? "default");
}

/** The names of the tiers that a request's selectors ask for; `undefined` where they name none. */
function tiersAsked(query: URLSearchParams): readonly string[] | undefined {
  const field = /(?:^|,)spec\.tier==?([^,]*)/.exec(query.get("fieldSelector") ?? "")?.[1];
  if (field !== undefined) return [field];
  const labels = query.get("labelSelector") ?? "";
  const one = /(?:^|,)\s*projectcalico\.org\/tier\s*==?\s*([^,]*)/.exec(labels)?.[1];
  if (one !== undefined) return [one.trim()];
  const several = /(?:^|,)\s*projectcalico\.org\/tier\s+in\s*\(([^()]*)\)/.exec(labels)?.[1];
  return several?.split(",").map((name) => name.trim());
}
