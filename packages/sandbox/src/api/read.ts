import type { KubeObject } from "../store/types";
import type { ApiContext } from "./context";
import { resourceOf, type Kind } from "./kinds";
import { isListToken } from "./list-snapshots";
import type { ApiAnswer, ApiRequest, ResourcePath } from "./request";
import { fieldSelectorOf, labelSelectorOf, type Matches } from "./selectors";
import { badRequest, expired, notAcceptable, notFound } from "./status";
import { formOf, rendered, renderedList, type Form } from "./table";

/** The object that a path names; 404 where there is none. */
export function objectAt(context: ApiContext, kind: Kind, { namespace, name }: ResourcePath): KubeObject {
  const key = { resource: resourceOf(kind), namespace: namespaceOf(kind, namespace), name };
  const object = context.store.get(key);
  if (!object) throw notFound(kind, name);
  return object;
}

/** The store's namespace for a kind: none where it lives in the cluster's scope. */
export function namespaceOf(kind: Kind, namespace: string): string | undefined {
  return kind.namespaced && namespace !== "" ? namespace : undefined;
}

/** The form of the answer that the request accepts; 406 where it accepts none. */
export function requestedForm(request: ApiRequest): Form {
  const form = formOf(request.accept);
  if (!form) throw notAcceptable();
  return form;
}

/** `get`. */
export function getObject(
  context: ApiContext,
  kind: Kind,
  call: { request: ApiRequest; path: ResourcePath },
): ApiAnswer {
  const form = requestedForm(call.request);
  const object = objectAt(context, kind, call.path);
  const include = call.request.query.get("includeObject") ?? "Metadata";
  return { code: 200, body: rendered(object, form, { kind, include, now: context.now() }) };
}

/** The test that a request's selectors make. */
export function selectionOf(kind: Kind, query: URLSearchParams): Matches {
  const labels = labelSelectorOf(query.get("labelSelector") ?? "");
  const fields = fieldSelectorOf(query.get("fieldSelector") ?? "", kind.selectable);
  return (object) => labels(object) && fields(object);
}

/** The objects that a path and selectors name. */
export function selectObjects(
  context: ApiContext,
  kind: Kind,
  call: { path: ResourcePath; matches: Matches },
): readonly KubeObject[] {
  return context.store.list(resourceOf(kind), namespaceOf(kind, call.path.namespace)).filter(call.matches);
}

/** `list`, whole or in pieces of `limit`. */
export function listObjects(
  context: ApiContext,
  kind: Kind,
  call: { request: ApiRequest; path: ResourcePath },
): ApiAnswer {
  const { query } = call.request;
  const form = requestedForm(call.request);
  const now = context.now();
  const from = query.get("continue") ? continued(context, query.get("continue") ?? "") : whole(context, kind, call);
  const limit = limitOf(query);
  const page = limit === 0 ? from.objects : from.objects.slice(0, limit);
  const rest = from.objects.slice(page.length);
  const token = rest.length === 0 ? "" : context.snapshots.keep({ ...from, objects: rest }, now);
  const metadata = {
    resourceVersion: from.resourceVersion,
    ...(token === "" ? {} : { continue: token, remainingItemCount: rest.length }),
  };
  const include = query.get("includeObject") ?? "Metadata";
  return { code: 200, body: renderedList(page, form, { kind, include, now, metadata }) };
}

function whole(context: ApiContext, kind: Kind, call: { request: ApiRequest; path: ResourcePath }) {
  const matches = selectionOf(kind, call.request.query);
  const objects = selectObjects(context, kind, { path: call.path, matches });
  return { objects, resourceVersion: String(context.store.resourceVersion) };
}

function continued(context: ApiContext, token: string) {
  if (!isListToken(token)) throw badRequest("continue key is not valid: it was not given by this server");
  const rest = context.snapshots.find(token, context.now());
  if (!rest)
    throw expired(
      "The provided continue parameter is too old to display a consistent list result. Start a new list without the continue parameter.",
    );
  return rest;
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? "0");
  if (!Number.isInteger(limit) || limit < 0) throw badRequest(`invalid limit: ${query.get("limit")}`);
  return limit;
}
