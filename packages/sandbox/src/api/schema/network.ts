import { conditions, kind, labelSelector, objectReference } from "./meta";
import { flag, integer, intOrString, listOf, mapOf, object, oneOf, setOf, strings, text } from "./types";

const protocol = oneOf("TCP", "UDP", "SCTP");

const policyPeer = object({
  podSelector: labelSelector,
  namespaceSelector: labelSelector,
  ipBlock: object({ "cidr!": text, except: strings }),
});

const policyPort = object({ protocol, port: intOrString, endPort: integer });

export const networkPolicyFields = {
  podSelector: labelSelector,
  policyTypes: listOf(oneOf("Ingress", "Egress")),
  ingress: listOf(object({ from: listOf(policyPeer), ports: listOf(policyPort) })),
  egress: listOf(object({ to: listOf(policyPeer), ports: listOf(policyPort) })),
};

export const kubernetesNetworkPolicy = kind({ spec: object(networkPolicyFields) });

/** The ranges that Services get their addresses from (networking.k8s.io/v1, Kubernetes 1.33 and later). */
export const serviceCidr = kind({ spec: object({ cidrs: strings }), status: object({ conditions }) });

const endpoint = object({
  "addresses!": setOf(text),
  conditions: object({ ready: flag, serving: flag, terminating: flag }),
  hostname: text,
  targetRef: objectReference,
  deprecatedTopology: mapOf(text),
  nodeName: text,
  zone: text,
  hints: object({ forZones: listOf(object({ "name!": text })), forNodes: listOf(object({ "name!": text })) }),
});

export const endpointSlice = kind({
  "addressType!": oneOf("IPv4", "IPv6", "FQDN"),
  endpoints: listOf(endpoint, 1_000),
  ports: listOf(object({ name: text, protocol, port: integer, appProtocol: text })),
});

const rule = object({
  "verbs!": strings,
  apiGroups: strings,
  resources: strings,
  resourceNames: strings,
  nonResourceURLs: strings,
});

export const role = kind({ rules: listOf(rule) });

export const clusterRole = kind({
  rules: listOf(rule),
  aggregationRule: object({ clusterRoleSelectors: listOf(labelSelector) }),
});

export const roleBinding = kind({
  "roleRef!": object({ apiGroup: text, "kind!": text, "name!": text }),
  subjects: listOf(object({ apiGroup: text, "kind!": text, "name!": text, namespace: text })),
});

const extra = mapOf(strings);
const user = { user: text, groups: strings, uid: text, extra };

const resourceAttributes = object({
  namespace: text,
  verb: text,
  group: text,
  version: text,
  resource: text,
  subresource: text,
  name: text,
  fieldSelector: mapOf({ type: "any" }),
  labelSelector: mapOf({ type: "any" }),
});

const question = { resourceAttributes, nonResourceAttributes: object({ path: text, verb: text }) };
const answer = object({ allowed: flag, denied: flag, reason: text, evaluationError: text });

export const selfSubjectAccessReview = kind({ "spec!": object(question), status: answer });
export const subjectAccessReview = kind({ "spec!": object({ ...question, ...user }), status: answer });
export const selfSubjectRulesReview = kind({
  "spec!": object({ namespace: text }),
  status: object({
    resourceRules: listOf(rule),
    nonResourceRules: listOf(object({ "verbs!": strings, nonResourceURLs: strings })),
    incomplete: flag,
    evaluationError: text,
  }),
});

export const tokenReview = kind({
  "spec!": object({ token: text, audiences: strings }),
  status: object({
    authenticated: flag,
    user: object({ username: text, uid: text, groups: strings, extra }),
    audiences: strings,
    error: text,
  }),
});

export const selfSubjectReview = kind({
  status: object({ userInfo: object({ username: text, uid: text, groups: strings, extra }) }),
});

export const tokenRequest = kind({
  "spec!": object({
    audiences: strings,
    expirationSeconds: integer,
    boundObjectRef: object({ kind: text, apiVersion: text, name: text, uid: text }),
  }),
  status: object({ token: text, expirationTimestamp: text }),
});
