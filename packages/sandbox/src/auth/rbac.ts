import { objectsOf, stringOf, stringsOf, valueAt, type JsonObject } from "../json";
import type { KubeObject, ObjectStore } from "../store/types";
import type { Identity } from "./identity";

/** What somebody wants to do. */
export type Attributes =
  | {
      readonly kind: "resource";
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      /** "" for none. */
      readonly subresource: string;
      /** "" for the cluster's scope or all namespaces. */
      readonly namespace: string;
      /** "" for none. */
      readonly name: string;
    }
  | { readonly kind: "path"; readonly verb: string; readonly path: string };

/** A rule of a role, as RBAC writes it. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

const rbac = "rbac.authorization.k8s.io";

/** Decides by the roles and bindings in the store (Kubernetes' "Using RBAC Authorization"). */
export class Authorizer {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  allows(identity: Identity, attributes: Attributes): boolean {
    const namespace = attributes.kind === "resource" ? attributes.namespace : "";
    return this.rulesOf(identity, namespace).some((rule) => covers(rule, attributes));
  }

  /** The rules that hold for `identity` in `namespace` ("": the cluster's scope alone). */
  rulesOf(identity: Identity, namespace: string): readonly Rule[] {
    const everywhere = this.#bound(this.#store.list(`clusterrolebindings.${rbac}`), identity);
    const here = namespace === "" ? [] : this.#bound(this.#store.list(`rolebindings.${rbac}`, namespace), identity);
    return [...everywhere, ...here];
  }

  /** The binding that lets `identity` do it, in Kubernetes' words; `undefined` where none does. */
  reasonFor(identity: Identity, attributes: Attributes): string | undefined {
    const namespace = attributes.kind === "resource" ? attributes.namespace : "";
    const here = namespace === "" ? [] : this.#store.list(`rolebindings.${rbac}`, namespace);
    for (const binding of [...this.#store.list(`clusterrolebindings.${rbac}`), ...here]) {
      const subject = objectsOf(binding["subjects"]).find((each) => isSubject(each, binding, identity));
      if (subject && this.#roleRules(binding).some((rule) => covers(rule, attributes)))
        return reasonText(binding, subject);
    }
    return undefined;
  }

  #bound(bindings: readonly KubeObject[], identity: Identity): readonly Rule[] {
    return bindings
      .filter((binding) => objectsOf(binding["subjects"]).some((subject) => isSubject(subject, binding, identity)))
      .flatMap((binding) => this.#roleRules(binding));
  }

  #roleRules(binding: KubeObject): readonly Rule[] {
    const name = stringOf(valueAt(binding, "roleRef", "name"));
    const local = valueAt(binding, "roleRef", "kind") === "Role";
    const key = local
      ? { resource: `roles.${rbac}`, namespace: binding.metadata.namespace, name }
      : { resource: `clusterroles.${rbac}`, name };
    return rulesIn(this.#store.get(key));
  }
}

function reasonText(binding: KubeObject, subject: JsonObject): string {
  const { name, namespace } = binding.metadata;
  const within = (text: string, place: unknown) => (stringOf(place) === "" ? text : `${text}/${stringOf(place)}`);
  const role = `${stringOf(valueAt(binding, "roleRef", "kind"))} "${stringOf(valueAt(binding, "roleRef", "name"))}"`;
  const place = subject["kind"] === "ServiceAccount" ? (subject["namespace"] ?? namespace) : undefined;
  const who = `${stringOf(subject["kind"])} "${within(stringOf(subject["name"]), place)}"`;
  return `RBAC: allowed by ${binding.kind} "${within(name, namespace)}" of ${role} to ${who}`;
}

/** The rules of a role object. */
export function rulesIn(role: JsonObject | undefined): readonly Rule[] {
  return objectsOf(role?.["rules"]).map((rule) => ({
    verbs: stringsOf(rule["verbs"]),
    apiGroups: stringsOf(rule["apiGroups"]),
    resources: stringsOf(rule["resources"]),
    resourceNames: stringsOf(rule["resourceNames"]),
    nonResourceURLs: stringsOf(rule["nonResourceURLs"]),
  }));
}

function isSubject(subject: JsonObject, binding: KubeObject, identity: Identity): boolean {
  const name = stringOf(subject["name"]);
  if (subject["kind"] === "User") return identity.name === name;
  if (subject["kind"] === "Group") return identity.groups.includes(name);
  const namespace = stringOf(subject["namespace"]) || binding.metadata.namespace;
  return identity.name === `system:serviceaccount:${namespace}:${name}`;
}

const names = (list: readonly string[], wanted: string): boolean => list.includes("*") || list.includes(wanted);

/** Whether a rule permits the attributes. */
export function covers(rule: Rule, attributes: Attributes): boolean {
  if (!names(rule.verbs, attributes.verb)) return false;
  if (attributes.kind === "path") return rule.nonResourceURLs.some((url) => coversPath(url, attributes.path));
  const { group, resource, subresource, name } = attributes;
  const wanted = subresource === "" ? resource : `${resource}/${subresource}`;
  const resourceMatches =
    names(rule.resources, wanted) || (subresource !== "" && rule.resources.includes(`*/${subresource}`));
  const nameMatches = rule.resourceNames.length === 0 || rule.resourceNames.includes(name);
  return names(rule.apiGroups, group) && resourceMatches && nameMatches;
}

function coversPath(url: string, path: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}

/** Kubernetes' words for a refusal. */
export function refusalText(identity: Identity, attributes: Attributes): string {
  const who = `User "${identity.name}" cannot ${attributes.verb}`;
  if (attributes.kind === "path") return `${who} path "${attributes.path}"`;
  const { group, resource, subresource, namespace } = attributes;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return `${who} resource "${what}" in API group "${group}" ${where}`;
}
