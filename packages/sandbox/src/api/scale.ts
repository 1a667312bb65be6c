import { isObject, numberOf, objectOf, stringOf, valueAt, type JsonObject } from "../json";
import type { KubeObject } from "../store/types";
import { selectorText } from "./columns";
import type { ApiContext } from "./context";
import type { Kind } from "./kinds";
import { patched } from "./patch-request";
import { objectAt } from "./read";
import type { ApiAnswer } from "./request";
import { scale as scaleSchema } from "./schema/workloads";
import { badRequest, invalid, methodNotAllowed, modified } from "./status";
import { writeOptionsOf, type Call } from "./write/options";
import { updateObject } from "./write/update";

const scaleKind = { group: "autoscaling", plural: "scales", kind: "Scale" };

function scaleOf(object: KubeObject): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(valueAt(object, "spec", "selector"));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberOf(valueAt(object, "spec", "replicas"), 0) },
    status: { replicas: numberOf(valueAt(object, "status", "replicas"), 0), selector },
  };
}

/** The `scale` subresource: get, update and patch of `spec.replicas`. */
export function handleScale(context: ApiContext, kind: Kind, call: Call): ApiAnswer {
  const live = objectAt(context, kind, call.path);
  const { method } = call.request;
  if (method === "GET") return { code: 200, body: scaleOf(live) };
  if (method !== "PUT" && method !== "PATCH") throw methodNotAllowed();
  const next =
    method === "PUT" ? call.request.body : patched({ ...kind, schema: scaleSchema }, scaleOf(live), call.request);
  if (!isObject(next)) throw badRequest("the body of the request must be an object");
  const replicas = valueAt(next, "spec", "replicas") ?? 0;
  const { name } = live.metadata;
  if (typeof replicas !== "number" || replicas < 0 || !Number.isInteger(replicas)) {
    const message = `Invalid value: ${JSON.stringify(replicas)}: must be an integer greater than or equal to 0`;
    throw invalid(scaleKind, name, [{ reason: "FieldValueInvalid", field: "spec.replicas", message }]);
  }
  const version = stringOf(valueAt(next, "metadata", "resourceVersion"));
  if (version !== "" && version !== live.metadata.resourceVersion) throw modified(kind, name);
  const changed = { ...live, spec: { ...objectOf(live["spec"]), replicas } };
  const options = writeOptionsOf(context, kind, call);
  return { code: 200, body: scaleOf(updateObject({ context, kind }, { live, next: changed }, options).object) };
}
