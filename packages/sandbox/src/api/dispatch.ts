import { stringOf, valueAt, type JsonObject } from "../json";
import { authorizeRbac, authorizeRequest } from "./authorize";
import { authorizeTier, readOfTiers } from "./calico-tiers";
import type { ApiContext } from "./context";
import { deleteCollection, deleteObject } from "./delete";
import { resourceOf, type Kind } from "./kinds";
import type { Outcome } from "./outcome";
import { evictPod } from "./eviction";
import { patchObject } from "./patch-request";
import { getObject, listObjects, namespaceOf, objectAt, requestedForm } from "./read";
import { resourcePathOf, verbOf, type ApiAnswer, type ApiRequest } from "./request";
import { answerReview, handleTokenRequest } from "./reviews";
import { handleScale } from "./scale";
import { answerPath } from "./service-paths";
import { methodNotAllowed, notFound, pathNotFound } from "./status";
import { rendered } from "./table";
import { prepareWatch } from "./watch";
import { createObject } from "./write/create";
import { bodyObject, writeOptionsOf, type Call, type Written } from "./write/options";
import { updateObject } from "./write/update";

/** Answers a request; throws ApiError where it is refused. */
export function dispatch(context: ApiContext, request: ApiRequest): Outcome {
  const path = resourcePathOf(request.path);
  if (!path) return answerPath(context, request);
  const verb = verbOf(request, path.name);
  const { group, plural: resource, subresource, namespace, name } = path;
  authorizeRequest(context, request, { kind: "resource", verb, group, resource, subresource, namespace, name });
  const kind = context.kinds.ofResource(group, path.version, resource);
  if (!kind || (!kind.namespaced && namespace !== "" && resource !== "namespaces")) throw pathNotFound();
  const reads = ["get", "list", "watch"].includes(verb);
  const call = { request: reads ? readOfTiers(context, kind, { request, path, verb }) : request, path };
  if (verb === "watch") return { kind: "watch", run: prepareWatch(context, served(kind, verb), call) };
  return { kind: "answer", answer: answer(context, kind, { ...call, verb }) };
}

function served(kind: Kind, verb: string): Kind {
  if (kind.verbs.some((known) => known === verb)) return kind;
  throw methodNotAllowed();
}

function answer(context: ApiContext, kind: Kind, call: Call & { readonly verb: string }): ApiAnswer {
  const { path, verb } = call;
  if (path.subresource !== "") return subresource(context, kind, call);
  served(kind, verb);
  if (!kind.verbs.includes("get")) return answerReview(context, kind, call);
  switch (verb) {
    case "get":
      return getObject(context, kind, call);
    case "list":
      return listObjects(context, kind, call);
    case "create":
    case "update":
    case "patch":
      return write(context, kind, call);
    case "delete":
      authorizeTierOf(context, kind, { call, next: undefined });
      return deleteObject(context, kind, call);
    case "deletecollection":
      return deleteCollection(context, kind, call);
    default:
      throw methodNotAllowed();
  }
}

function subresource(context: ApiContext, kind: Kind, call: Call & { readonly verb: string }): ApiAnswer {
  const { path, verb } = call;
  if (path.subresource === "token" && path.plural === "serviceaccounts") {
    if (verb !== "create") throw methodNotAllowed();
    return handleTokenRequest(context, kind, call);
  }
  if (path.subresource === "eviction" && kind.group === "" && path.plural === "pods") {
    if (verb !== "create") throw methodNotAllowed();
    return evictPod(context, kind, call);
  }
  if (path.subresource === "scale" && kind.subresources.includes("scale")) return handleScale(context, kind, call);
  if (path.subresource !== "status" || !kind.subresources.includes("status")) throw pathNotFound();
  if (verb === "get") return getObject(context, kind, call);
  if (verb !== "update" && verb !== "patch") throw methodNotAllowed();
  return write(context, kind, call);
}

function write(context: ApiContext, kind: Kind, call: Call & { readonly verb: string }): ApiAnswer {
  const form = requestedForm(call.request);
  const written = writes(context, kind, call);
  const include = call.request.query.get("includeObject") ?? "Metadata";
  const body = rendered(written.object, form, { kind, include, now: context.now() });
  return { code: written.created ? 201 : 200, body, warnings: written.warnings };
}

function writes(context: ApiContext, kind: Kind, call: Call & { readonly verb: string }): Written {
  const options = writeOptionsOf(context, kind, call);
  if (call.verb === "patch") return patchObject({ context, kind }, call, options);
  if (call.verb === "update" && call.path.name === "") throw methodNotAllowed();
  const next = bodyObject(kind, call);
  authorizeRbac({ context, kind }, call.request.identity, next);
  if (call.verb === "create") {
    if (call.path.name !== "" || (kind.namespaced && call.path.namespace === "")) throw methodNotAllowed();
    authorizeTierOf(context, kind, { call, next });
    return createObject({ context, kind }, next, options);
  }
  authorizeTierOf(context, kind, { call, next });
  return updateObject({ context, kind }, { live: objectAt(context, kind, call.path), next }, options);
}

function authorizeTierOf(
  context: ApiContext,
  kind: Kind,
  { call, next }: { call: Call & { verb: string }; next: JsonObject | undefined },
): void {
  const { identity } = call.request;
  const { name, namespace } = call.path;
  const live =
    name === ""
      ? undefined
      : context.store.get({ resource: resourceOf(kind), namespace: namespaceOf(kind, namespace), name });
  if (call.verb === "delete" && !live) throw notFound(kind, name);
  const named = name || stringOf(valueAt(next, "metadata", "name"));
  authorizeTier(context, kind, { identity, verb: call.verb, name: named, live, next });
}
