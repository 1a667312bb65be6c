import { authorizeRequest } from "./authorize";
import type { ApiContext } from "./context";
import * as discovery from "./discovery";
import type { Outcome } from "./outcome";
import { openApiDocument, openApiIndex } from "./openapi";
import type { GroupVersion, KindRegistry } from "./registry";
import type { ApiRequest } from "./request";
import { methodNotAllowed, pathNotFound } from "./status";
import type { JsonObject } from "../json";

const healthPaths = ["/healthz", "/livez", "/readyz"];

/** Answers what is no resource: health, version, discovery and OpenAPI. */
export function answerPath(context: ApiContext, request: ApiRequest): Outcome {
  const path = request.path.length > 1 ? request.path.replace(/\/$/, "") : request.path;
  authorizeRequest(context, request, { kind: "path", verb: request.method.toLowerCase(), path });
  if (request.method !== "GET") throw methodNotAllowed();
  if (healthPaths.includes(path)) return { kind: "text", code: 200, text: "ok" };
  const body = bodyAt(context.kinds, path, request);
  if (!body) throw pathNotFound();
  return { kind: "answer", answer: { code: 200, body } };
}

function bodyAt(kinds: KindRegistry, path: string, { accept }: ApiRequest): JsonObject | undefined {
  if (path === "/version") return discovery.versionInfo;
  const aggregated = discovery.wantsAggregated(accept);
  if (path === "/api") return aggregated ? discovery.aggregated(kinds, "core") : discovery.coreVersions();
  if (path === "/apis") return aggregated ? discovery.aggregated(kinds, "groups") : discovery.groupList(kinds);
  if (path === "/openapi/v3") return openApiIndex(kinds);
  if (path.startsWith("/openapi/v3/")) return openApiDocument(kinds, path.slice("/openapi/v3/".length));
  const [root, first = "", second, ...rest] = path.split("/").slice(1);
  if (rest.length > 0) return undefined;
  if (root === "api" && second === undefined) return resources(kinds, { group: "", version: first });
  if (root === "apis" && second === undefined) return discovery.groupNamed(kinds, first);
  return root === "apis" && second !== undefined ? resources(kinds, { group: first, version: second }) : undefined;
}

function resources(kinds: KindRegistry, wanted: GroupVersion): JsonObject | undefined {
  const served = discovery.servedVersion(kinds, wanted);
  return served && discovery.resourceList(kinds, served);
}
