import { isObject, objectOf, type JsonObject } from "../json";
import { authorizeRbac } from "./authorize";
import { authorizeTier } from "./calico-tiers";
import type { Target } from "./context";
import type { Kind } from "./kinds";
import { applyJsonPatch, PatchError } from "./patch/json-patch";
import { applyMergePatch } from "./patch/merge-patch";
import { applyStrategicMerge } from "./patch/strategic-merge";
import { objectAt } from "./read";
import type { ApiRequest } from "./request";
import { ApiError, badRequest, unsupportedMediaType } from "./status";
import { applyObject } from "./write/apply";
import { bodyObject, type Call, type WriteOptions, type Written } from "./write/options";
import { updateObject } from "./write/update";

const applyTypes = ["application/apply-patch+yaml", "application/apply-patch+json"];

/** The media types of patches that a kind takes; a kind of a definition has no strategic merge. */
function typesFor(kind: Kind): readonly string[] {
  const plain = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
  return kind.origin === "definition" ? plain : [...plain, "application/strategic-merge-patch+json"];
}

/** Applies the patch of a request to a document of this kind. */
export function patched(
  kind: Kind,
  document: JsonObject,
  request: Pick<ApiRequest, "body" | "contentType">,
): JsonObject {
  const { body, contentType } = request;
  if (!typesFor(kind).includes(contentType)) throw unsupportedMediaType(typesFor(kind).join(", "));
  if (contentType === "application/json-patch+json") {
    if (!Array.isArray(body)) throw badRequest("a JSON patch must be an array of operations");
    return jsonPatched(document, body);
  }
  if (!isObject(body)) throw badRequest("the body of the patch must be an object");
  if (contentType === "application/merge-patch+json") return applyMergePatch(document, body);
  return applyStrategicMerge(kind.schema, document, body);
}

function jsonPatched(document: JsonObject, operations: readonly unknown[]): JsonObject {
  try {
    return applyJsonPatch(document, operations);
  } catch (error) {
    if (error instanceof PatchError)
      throw new ApiError(
        { code: 422, reason: "Invalid" },
        `the server rejected our request due to an error in our request: ${error.message}`,
      );
    throw error;
  }
}

/** `patch`, in any of its forms. */
export function patchObject(target: Target, call: Call, options: WriteOptions): Written {
  const { context, kind } = target;
  if (applyTypes.includes(call.request.contentType)) return applyObject(target, call, options);
  const live = objectAt(context, kind, call.path);
  const next = patched(kind, live, call.request);
  const { identity } = call.request;
  authorizeRbac(target, identity, next);
  authorizeTier(context, kind, { identity, verb: "patch", name: call.path.name, live, next });
  const request = { ...call.request, body: { ...next, metadata: objectOf(next["metadata"]) } };
  return updateObject(target, { live, next: bodyObject(kind, { ...call, request }) }, options);
}
