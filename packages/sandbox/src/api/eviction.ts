import { blockingBudget } from "../controllers/disruption";
import { objectOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import type { ApiContext } from "./context";
import { deleteObject } from "./delete";
import type { Kind } from "./kinds";
import { objectAt } from "./read";
import type { ApiAnswer } from "./request";
import { ApiError, badRequest } from "./status";
import type { Call } from "./write/options";

/**
 * `create` of a pod's `eviction`: a deletion that a PodDisruptionBudget may refuse for now with 429 (Kubernetes,
 * "API-initiated Eviction").
 */
export function evictPod(context: ApiContext, kind: Kind, call: Call): ApiAnswer {
  const pod = objectAt(context, kind, call.path);
  const body = objectOf(call.request.body);
  const named = stringOf(valueAt(body, "metadata", "name"));
  if (body["kind"] !== "Eviction" || body["apiVersion"] !== "policy/v1")
    throw badRequest("the body of the request must be an Eviction of policy/v1");
  if (named !== "" && named !== pod.metadata.name)
    throw badRequest(`the name in the URL (${pod.metadata.name}) does not match that in the body (${named})`);
  const blocking = blockingBudget(context.store, pod);
  if (blocking) throw blockedBy(blocking);
  const options = objectOf(body["deleteOptions"]);
  const dryRun = stringsOf(options["dryRun"]).includes("All") || call.request.query.getAll("dryRun").includes("All");
  if (!dryRun) deleteObject(context, kind, { ...call, request: { ...call.request, body: options } });
  const success: JsonObject = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
  return { code: 201, body: success };
}

function blockedBy({ name, disruptions }: NonNullable<ReturnType<typeof blockingBudget>>): ApiError {
  const { desiredHealthy, currentHealthy } = disruptions;
  const message = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return new ApiError(
    { code: 429, reason: "TooManyRequests" },
    "Cannot evict pod as it would violate the pod's disruption budget.",
    { causes: [{ reason: "DisruptionBudget", message, field: "" }], retryAfterSeconds: 10 },
  );
}
