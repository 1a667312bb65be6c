import { stringOf, valueAt, type JsonObject } from "../json";
import type { ObjectStore } from "../store/types";
import type { Identity } from "./identity";
import { covers, rulesIn, type Attributes, type Authorizer, type Rule } from "./rbac";

const rbac = "rbac.authorization.k8s.io";

/** A write to a role or binding. */
export interface RbacWrite {
  readonly identity: Identity;
  readonly plural: string;
  readonly object: JsonObject;
}

/**
 * Whether a role or binding would give away more than its writer holds, which Kubernetes forbids without the verbs
 * `escalate` and `bind`. The answer names what is missing, "" where nothing is.
 */
export function excessOf(authorizer: Authorizer, store: ObjectStore, { identity, plural, object }: RbacWrite): string {
  const namespace = stringOf(valueAt(object, "metadata", "namespace"));
  const isRole = plural === "roles" || plural === "clusterroles";
  const given = isRole ? rulesIn(object) : rulesIn(boundRole(store, object, namespace));
  const role = isRole
    ? object
    : { kind: valueAt(object, "roleRef", "kind"), metadata: { name: valueAt(object, "roleRef", "name") } };
  const exempt: Attributes = {
    kind: "resource",
    verb: isRole ? "escalate" : "bind",
    group: rbac,
    resource: stringOf(role["kind"]) === "Role" ? "roles" : "clusterroles",
    subresource: "",
    namespace,
    name: stringOf(valueAt(role, "metadata", "name")),
  };
  if (authorizer.allows(identity, exempt)) return "";
  const held = authorizer.rulesOf(identity, namespace);
  const missing = given.flatMap(simpleRules).filter((rule) => !held.some((own) => includes(own, rule)));
  return missing.map(describeRule).join(", ");
}

function boundRole(store: ObjectStore, binding: JsonObject, namespace: string): JsonObject | undefined {
  const { kind, name } = {
    kind: valueAt(binding, "roleRef", "kind"),
    name: stringOf(valueAt(binding, "roleRef", "name")),
  };
  return kind === "Role"
    ? store.get({ resource: `roles.${rbac}`, namespace, name })
    : store.get({ resource: `clusterroles.${rbac}`, name });
}

interface SimpleRule {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  readonly path: string;
}

function simpleRules(rule: Rule): readonly SimpleRule[] {
  const paths = rule.nonResourceURLs.flatMap((path) =>
    rule.verbs.map((verb) => ({ verb, group: "", resource: "", name: "", path })),
  );
  const names = rule.resourceNames.length === 0 ? [""] : rule.resourceNames;
  const resources = rule.verbs.flatMap((verb) =>
    rule.apiGroups.flatMap((group) =>
      rule.resources.flatMap((resource) => names.map((name) => ({ verb, group, resource, name, path: "" }))),
    ),
  );
  return [...paths, ...resources];
}

/** A wildcard is held only by a wildcard, a rule for all names only by one for all names. */
function includes(own: Rule, { verb, group, resource, name, path }: SimpleRule): boolean {
  if (path !== "") return covers(own, { kind: "path", verb, path });
  const [plural = "", subresource = ""] = resource.split("/");
  return covers(own, { kind: "resource", verb, group, resource: plural, subresource, namespace: "", name });
}

function describeRule({ verb, group, resource, name, path }: SimpleRule): string {
  const parts =
    path === "" ? { APIGroups: group, Resources: resource, ResourceNames: name } : { NonResourceURLs: path };
  const shown = Object.entries({ ...parts, Verbs: verb }).filter(([key, value]) => value !== "" || key === "APIGroups");
  return `{${shown.map(([key, value]) => `${key}:["${value}"]`).join(", ")}}`;
}
