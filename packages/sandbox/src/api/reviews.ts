import { anonymous, type Identity } from "../auth/identity";
import { type Attributes, type Rule } from "../auth/rbac";
import { clusterAudience } from "../auth/tokens";
import { isObject, numberOf, objectOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import { timestamp } from "../store/object-store";
import type { ApiContext } from "./context";
import type { Kind } from "./kinds";
import { objectAt } from "./read";
import type { ApiAnswer } from "./request";
import { checkShape } from "./schema/check";
import { tokenRequest } from "./schema/network";
import { badRequest, conflict, invalid, notFound } from "./status";
import { bodyObject, type Call } from "./write/options";

type Answerer = (context: ApiContext, spec: JsonObject, identity: Identity) => JsonObject;

/** Answers a review: a question that is posted and never stored. */
export function answerReview(context: ApiContext, kind: Kind, call: Call): ApiAnswer {
  const { object, causes } = checkShape(kind.schema, bodyObject(kind, call));
  if (causes.length > 0) throw invalid(kind, "", causes);
  const answer = answerers[kind.kind];
  if (!answer) throw notFound(kind, kind.plural);
  return { code: 201, body: { ...object, status: answer(context, objectOf(object["spec"]), call.request.identity) } };
}

const answerers: Readonly<Record<string, Answerer>> = {
  SelfSubjectAccessReview: accessReview,
  SubjectAccessReview: (context, spec) => accessReview(context, spec, subjectOf(spec)),
  SelfSubjectRulesReview: rulesReview,
  SelfSubjectReview: (_context, _spec, identity) => ({ userInfo: userInfo(identity) }),
  TokenReview: tokenReview,
};

function subjectOf(spec: JsonObject): Identity {
  const name = stringOf(spec["user"]);
  const groups = stringsOf(spec["groups"]);
  return name === "" && groups.length === 0 ? anonymous : { name, groups };
}

function accessReview(context: ApiContext, spec: JsonObject, identity: Identity): JsonObject {
  const attributes = attributesOf(spec);
  if (!attributes) throw badRequest("exactly one of resourceAttributes and nonResourceAttributes must be given");
  return { allowed: context.authorizer.allows(identity, attributes) };
}

function attributesOf(spec: JsonObject): Attributes | undefined {
  const { resourceAttributes: asked, nonResourceAttributes: path } = spec;
  if (isObject(path)) return { kind: "path", verb: stringOf(path["verb"]), path: stringOf(path["path"]) };
  if (!isObject(asked)) return undefined;
  const text = (field: string) => stringOf(asked[field]);
  return {
    kind: "resource",
    verb: text("verb"),
    group: text("group"),
    resource: text("resource"),
    subresource: text("subresource"),
    namespace: text("namespace"),
    name: text("name"),
  };
}

function rulesReview(context: ApiContext, spec: JsonObject, identity: Identity): JsonObject {
  const rules = context.authorizer.rulesOf(identity, stringOf(spec["namespace"]));
  const onPaths = (rule: Rule) => rule.nonResourceURLs.length > 0;
  const resourceRules = rules
    .filter((rule) => !onPaths(rule))
    .map(({ verbs, apiGroups, resources, resourceNames }) => ({
      verbs,
      apiGroups,
      resources,
      ...(resourceNames.length > 0 ? { resourceNames } : {}),
    }));
  const nonResourceRules = rules.filter(onPaths).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs }));
  return { resourceRules, nonResourceRules, incomplete: false };
}

function userInfo({ name, uid, groups, extra }: Identity): JsonObject {
  return { username: name, ...(uid ? { uid } : {}), groups, ...(extra ? { extra } : {}) };
}

function tokenReview(context: ApiContext, spec: JsonObject): JsonObject {
  const asked = stringsOf(spec["audiences"]);
  const accepted = context.tokens.accept(stringOf(spec["token"]), asked.length > 0 ? asked : [clusterAudience]);
  if (!accepted) return { user: {}, error: "the token is not valid for this cluster" };
  return { authenticated: true, user: userInfo(accepted.identity), audiences: accepted.audiences };
}

const tokenKind = { group: "authentication.k8s.io", plural: "tokenrequests", kind: "TokenRequest" };
const shortestSeconds = 600;
const usualSeconds = 3_600;

/** `serviceaccounts/<name>/token`: issues a token for the account. */
export function handleTokenRequest(context: ApiContext, kind: Kind, call: Call): ApiAnswer {
  const account = objectAt(context, kind, call.path);
  if (!isObject(call.request.body)) throw badRequest("the body of the request must be an object");
  const { object, causes } = checkShape(tokenRequest, { spec: {}, ...call.request.body });
  const spec = objectOf(object["spec"]);
  const expiresInSeconds = numberOf(spec["expirationSeconds"], usualSeconds);
  const field = "spec.expirationSeconds";
  const tooShort = {
    reason: "FieldValueInvalid" as const,
    field,
    message: `Invalid value: ${expiresInSeconds}: may not specify a duration less than 10 minutes`,
  };
  const all = expiresInSeconds < shortestSeconds ? [...causes, tooShort] : causes;
  if (all.length > 0) throw invalid(tokenKind, "", all);
  const asked = stringsOf(spec["audiences"]);
  const audiences = asked.length > 0 ? asked : [clusterAudience];
  const { name, namespace = "", uid } = account.metadata;
  const boundPod = podOf(context, objectOf(spec["boundObjectRef"]), namespace);
  const { token, expiresAtMs } = context.tokens.issue({ namespace, name, uid, audiences, expiresInSeconds, boundPod });
  const status = { token, expirationTimestamp: timestamp(expiresAtMs) };
  const metadata = { name, namespace, creationTimestamp: timestamp(context.now()) };
  const full = { ...spec, audiences, expirationSeconds: expiresInSeconds };
  return {
    code: 201,
    body: { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", metadata, spec: full, status },
  };
}

function podOf(context: ApiContext, reference: JsonObject, namespace: string) {
  if (Object.keys(reference).length === 0) return undefined;
  if (reference["kind"] !== "Pod")
    throw badRequest(
      `cannot bind token to object of type ${stringOf(reference["kind"])}; a token can be bound to a Pod`,
    );
  const name = stringOf(valueAt(reference, "name"));
  const pod = context.store.get({ resource: "pods", namespace, name });
  if (!pod) throw notFound({ group: "", plural: "pods", kind: "Pod" }, name);
  const uid = stringOf(reference["uid"]);
  if (uid !== "" && uid !== pod.metadata.uid) {
    throw conflict(
      { group: "", plural: "pods", kind: "Pod" },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record (${pod.metadata.uid})`,
    );
  }
  return { name, uid: pod.metadata.uid };
}
