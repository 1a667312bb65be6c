import type { IncomingMessage } from "node:http";
import { err, ok, type Result } from "@isthmus/std";
import type { ClusterAccess } from "./config/cluster-access";
import { errorFromAnswer, stopped, unreachable, type KubeError } from "./errors";
import { createHttpsTransport, type HttpRequest, type HttpsTransport } from "./http/https-transport";
import { readBody } from "./http/read-body";
import { listAt, recordAt, textAt, type KubeObject, type ResourceKind } from "./object";
import { collectionPath, groupVersionPath, objectPath, queryOf } from "./paths";
import type { Answer, KubernetesApi, WatchEvent, WriteOptions } from "./ports";
import { linesOf } from "./watch/json-lines";
import { asObject, watchEventOf } from "./watch/watch-events";

/** Named in managedFields of what we write. */
export const FIELD_MANAGER = "isthmus";

const REQUEST_IDLE_MS = 30_000;
/** How long after the server's own end of a watch its connection counts as dead. */
const WATCH_GRACE_MS = 15_000;

/** How patient a client is. */
export interface ApiPatience {
  /** Silence after which any request counts as failed, in ms; watches too. */
  readonly maxSilenceMs?: number;
}

/** The Kubernetes API of one cluster over HTTPS. */
export function createKubernetesApi(
  access: ClusterAccess,
  { maxSilenceMs = Number.POSITIVE_INFINITY }: ApiPatience = {},
): KubernetesApi {
  const https = createHttpsTransport(access);
  const transport: HttpsTransport = {
    send: (request) => https.send({ ...request, idleTimeoutMs: Math.min(request.idleTimeoutMs, maxSilenceMs) }),
    close: () => https.close(),
  };
  return { ...reading(transport), ...following(transport), ...writing(transport), close: () => transport.close() };
}

type Sent = Omit<HttpRequest, "idleTimeoutMs"> & { readonly idleTimeoutMs?: number };

async function open(transport: HttpsTransport, request: Sent): Answer<IncomingMessage> {
  try {
    const answer = await transport.send({ idleTimeoutMs: REQUEST_IDLE_MS, ...request });
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return ok(answer);
    return err(errorFromAnswer(status, await readBody(answer), retryAfterMs(answer)));
  } catch (cause) {
    return err(request.signal?.aborted === true ? stopped() : unreachable(cause));
  }
}

async function json(transport: HttpsTransport, request: Sent): Answer<unknown> {
  const answer = await open(transport, request);
  if (!answer.ok) return answer;
  try {
    return ok(JSON.parse(await readBody(answer.value)));
  } catch (cause) {
    return err(request.signal?.aborted === true ? stopped() : unreachable(cause));
  }
}

function retryAfterMs(answer: IncomingMessage): number | undefined {
  const seconds = Number(answer.headers["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

function map<T, U>(result: Result<T, KubeError>, to: (value: T) => U): Result<U, KubeError> {
  return result.ok ? ok(to(result.value)) : result;
}

function reading(
  transport: HttpsTransport,
): Pick<KubernetesApi, "get" | "serverVersion" | "serverTime" | "servedResources" | "mayI"> {
  return {
    async get(kind, name) {
      const answer = await json(transport, { method: "GET", path: objectPath(kind, name) });
      return map(answer, (value) => asObject(value, kind));
    },
    async serverVersion() {
      return map(await json(transport, { method: "GET", path: "/version" }), (value) => textAt(value, "gitVersion"));
    },
    async serverTime() {
      return map(await open(transport, { method: "GET", path: "/version" }), (answer) => {
        answer.resume();
        const time = Date.parse(answer.headers.date ?? "");
        return Number.isNaN(time) ? undefined : time;
      });
    },
    async servedResources(apiVersion) {
      const answer = await json(transport, { method: "GET", path: groupVersionPath(apiVersion) });
      if (!answer.ok) return answer.error.code === "not-found" ? ok([]) : answer;
      return ok(
        listAt(answer.value, "resources")
          .map((each) => textAt(each, "name"))
          .filter((name) => name !== "" && !name.includes("/")),
      );
    },
    async mayI({ verb, group, resource, namespace, name }) {
      const attributes = { verb, group, resource, ...(namespace && { namespace }), ...(name && { name }) };
      const answer = await json(transport, {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        contentType: "application/json",
        body: JSON.stringify({
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes: attributes },
        }),
      });
      return map(answer, (value) => recordAt(value, "status")["allowed"] === true);
    },
  };
}

function following(transport: HttpsTransport): Pick<KubernetesApi, "list" | "watch"> {
  return {
    async list(kind, { namespace, signal, labelSelector, limit, continueToken }) {
      const query = queryOf({ labelSelector, limit, continue: continueToken === "" ? undefined : continueToken });
      const path = collectionPath(kind, namespace) + query;
      const answer = await json(transport, { method: "GET", path, ...(signal && { signal }) });
      return map(answer, (value) => ({
        items: listAt(value, "items").map((item) => asObject(item, kind)),
        resourceVersion: textAt(value, "metadata", "resourceVersion"),
        continueToken: textAt(value, "metadata", "continue"),
      }));
    },
    async watch(kind, { resourceVersion, timeoutSeconds, signal }) {
      const query = queryOf({ watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds });
      const answer = await open(transport, {
        method: "GET",
        path: collectionPath(kind) + query,
        idleTimeoutMs: timeoutSeconds * 1_000 + WATCH_GRACE_MS,
        ...(signal && { signal }),
      });
      return map(answer, (stream) => eventsOf(stream, kind));
    },
  };
}

async function* eventsOf(stream: IncomingMessage, kind: ResourceKind): AsyncGenerator<WatchEvent> {
  try {
    for await (const line of linesOf(stream)) yield watchEventOf(line, kind);
  } catch (cause) {
    yield { kind: "error", error: unreachable(cause) };
  } finally {
    stream.destroy();
  }
}

function writing(transport: HttpsTransport): Pick<KubernetesApi, "create" | "update" | "apply" | "remove"> {
  const write = async (kind: ResourceKind, request: Sent): Answer<KubeObject> =>
    map(await json(transport, request), (value) => asObject(value, kind));
  const options = (given?: WriteOptions): Record<string, string | undefined> => ({
    fieldManager: FIELD_MANAGER,
    dryRun: given?.dryRun === true ? "All" : undefined,
  });
  const body = (object: KubeObject): { contentType: string; body: string } => ({
    contentType: "application/json",
    body: JSON.stringify(object),
  });
  return {
    create: (kind, object, given) => {
      const path = collectionPath(kind, object.metadata.namespace) + queryOf(options(given));
      return write(kind, { method: "POST", path, ...body(object) });
    },
    update: (kind, object, given) => {
      const path = objectPath(kind, object.metadata) + queryOf(options(given));
      return write(kind, { method: "PUT", path, ...body(object) });
    },
    apply: (kind, object, given) => {
      const path = objectPath(kind, object.metadata) + queryOf({ ...options(given), force: true });
      return write(kind, { method: "PATCH", path, ...body(object), contentType: "application/apply-patch+yaml" });
    },
    async remove(kind, name, uid) {
      const answer = await json(transport, {
        method: "DELETE",
        path: objectPath(kind, name),
        contentType: "application/json",
        body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } }),
      });
      return map(answer, () => undefined);
    },
  };
}
