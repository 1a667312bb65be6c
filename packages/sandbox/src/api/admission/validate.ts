import { stringMapOf, stringOf, stringsOf, valueAt } from "../../json";
import { resourceOf, type Kind } from "../kinds";
import type { Cause } from "../status";
import { calicoRules, type Subject } from "./calico-kinds";
import { coreRules } from "./core-kinds";
import { checkKeys, checkLabels, checkName, type NameRule } from "./names";

/** Everything that is wrong with an object beyond its shape. */
export function validate(kind: Kind, subject: Subject): readonly Cause[] {
  const metadata = subject.object["metadata"];
  const name = stringOf(valueAt(metadata, "name"));
  const resource = resourceOf(kind);
  const rule = calicoRules[resource] ?? coreRules[resource];
  return [
    ...(subject.live ? [] : checkName(name, nameRule(resource))),
    ...checkFinalizers(subject),
    ...checkLabels(stringMapOf(valueAt(metadata, "labels")), "metadata.labels"),
    ...checkKeys(stringMapOf(valueAt(metadata, "annotations")), "metadata.annotations"),
    ...(rule ? rule({ ...subject, tierInNames: kind.origin === "calico-server" }) : []),
  ];
}

/** What is being deleted takes no new finalizer. */
function checkFinalizers({ object, live }: Subject): readonly Cause[] {
  if (valueAt(live, "metadata", "deletionTimestamp") === undefined) return [];
  const before = stringsOf(valueAt(live, "metadata", "finalizers"));
  const added = stringsOf(valueAt(object, "metadata", "finalizers")).filter((name) => !before.includes(name));
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${JSON.stringify(added)}`;
  return added.length === 0 ? [] : [{ reason: "FieldValueForbidden", message, field: "metadata.finalizers" }];
}

function nameRule(resource: string): NameRule {
  if (resource === "namespaces" || resource === "services") return "label";
  return resource.endsWith("rbac.authorization.k8s.io") ? "path-segment" : "subdomain";
}
