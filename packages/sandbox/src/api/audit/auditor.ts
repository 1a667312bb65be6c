import type { Identity } from "../../auth/identity";
import { isObject, objectOf, stringOf, type JsonObject } from "../../json";
import { resourcePathOf, verbOf, type ApiRequest, type ResourcePath } from "../request";
import { decideAudit, type AuditDecision, type AuditPolicy, type AuditStage } from "./policy";

/** A request as far as it is known before its body is read. */
export interface AuditedHead extends Pick<ApiRequest, "method" | "path" | "query" | "userAgent"> {
  /** Path and query as they were sent. */
  readonly uri: string;
  readonly auditId: string;
  readonly sourceIps: readonly string[];
  /** Who was authenticated; `undefined` where that failed. */
  readonly user: Identity | undefined;
}

/** How a request was answered. */
export interface AuditedAnswer {
  readonly code: number;
  readonly body: JsonObject;
}

/** A decision of the authorizer, as Kubernetes annotates it. */
export interface Authorization {
  readonly decision: "allow" | "forbid";
  readonly reason: string;
}

/** The events of one request. */
export interface AuditTrail {
  /** Whom the user acts for. */
  impersonated(identity: Identity): void;
  /** The body, as soon as it is read. */
  request(body: unknown): void;
  authorized(authorization: Authorization): void;
  /** The answer of a watch begins. */
  started(code: number): void;
  complete(answer: AuditedAnswer): void;
}

/** What an auditor is made of. */
export interface AuditorOptions {
  readonly policy: AuditPolicy;
  readonly record: (event: JsonObject) => void;
  readonly now: () => number;
}

/** Makes events of requests, as an audit policy wants them; `undefined` for a request that it does not want. */
export function createAuditor({ policy, record, now }: AuditorOptions): (head: AuditedHead) => AuditTrail | undefined {
  return (head) => {
    const path = resourcePathOf(head.path);
    const verb = path ? verbOf(head, path.name) : head.method.toLowerCase();
    const decision = decideAudit(policy, { user: head.user, verb, path: head.path, resource: path });
    if (decision.level === "None") return undefined;
    const state: Seen = { head, path, verb, decision, receivedAt: now(), annotations: {} };
    const emit = (stage: AuditStage, rest: JsonObject) => {
      if (!decision.omitStages.includes(stage)) record(eventOf(state, stage, { ...rest, at: now() }));
    };
    emit("RequestReceived", {});
    return {
      impersonated: (identity) => {
        state.impersonated = identity;
      },
      request: (body) => {
        state.body = body;
      },
      authorized: ({ decision: allowed, reason }) => {
        state.annotations = { "authorization.k8s.io/decision": allowed, "authorization.k8s.io/reason": reason };
      },
      started: (code) => emit("ResponseStarted", { responseStatus: { metadata: {}, code } }),
      complete: (answer) => emit("ResponseComplete", answered(decision, answer)),
    };
  };
}

interface Seen {
  readonly head: AuditedHead;
  readonly path: ResourcePath | undefined;
  readonly verb: string;
  readonly decision: AuditDecision;
  readonly receivedAt: number;
  body?: unknown;
  impersonated?: Identity;
  annotations: JsonObject;
}

function eventOf(seen: Seen, stage: AuditStage, { at, ...rest }: JsonObject & { readonly at: number }): JsonObject {
  const { head, path, verb, decision, body } = seen;
  const first = stage === "RequestReceived";
  const withBody = !first && decision.level !== "Metadata" && (isObject(body) || Array.isArray(body));
  return {
    level: decision.level,
    auditID: head.auditId,
    stage,
    requestURI: head.uri,
    verb,
    user: head.user ? userOf(head.user) : {},
    ...(seen.impersonated ? { impersonatedUser: userOf(seen.impersonated) } : {}),
    sourceIPs: head.sourceIps,
    ...(head.userAgent === "" ? {} : { userAgent: head.userAgent }),
    ...(path ? { objectRef: objectRef(path, first ? undefined : body) } : {}),
    ...(withBody ? { requestObject: withoutManaged(decision, body) } : {}),
    ...rest,
    requestReceivedTimestamp: microTime(seen.receivedAt),
    stageTimestamp: microTime(at),
    ...(first ? {} : { annotations: seen.annotations }),
  };
}

function userOf({ name, uid, groups, extra }: Identity): JsonObject {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

/** The object of a path; what a path leaves open, as a creation does, its body says. */
function objectRef({ group, version, plural, namespace, name, subresource }: ResourcePath, body: unknown): JsonObject {
  const metadata = objectOf(objectOf(body)["metadata"]);
  const fields = {
    resource: plural,
    namespace: namespace || stringOf(metadata["namespace"]),
    name: name || stringOf(metadata["name"]),
    uid: stringOf(metadata["uid"]),
    apiGroup: group,
    apiVersion: version,
    resourceVersion: stringOf(metadata["resourceVersion"]),
    subresource,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

function answered(decision: AuditDecision, { code, body }: AuditedAnswer): JsonObject {
  const { status, message, reason, details } = body["kind"] === "Status" ? body : ({} as JsonObject);
  const told = Object.entries({ status, message, reason, details }).filter(([, value]) => value !== undefined);
  const responseStatus = { metadata: {}, ...Object.fromEntries(told), code };
  const whole = decision.level === "RequestResponse" && Object.keys(body).length > 0;
  return { responseStatus, ...(whole ? { responseObject: withoutManaged(decision, body) } : {}) };
}

function withoutManaged({ omitManagedFields }: AuditDecision, value: unknown): unknown {
  if (!omitManagedFields || !isObject(value)) return value;
  const { managedFields: _fields, ...metadata } = objectOf(value["metadata"]);
  const items = Array.isArray(value["items"])
    ? { items: value["items"].map((item) => withoutManaged({ omitManagedFields } as AuditDecision, item)) }
    : {};
  return { ...value, ...("metadata" in value ? { metadata } : {}), ...items };
}

const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");
