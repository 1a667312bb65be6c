import type { SelectorNode } from "@isthmus/policy-engine/selector-syntax";
import { objectsOf, stringMapOf, stringOf, stringsOf, type JsonObject } from "../json";
import { allOf, equals, lowerNamespaceSelector, NotProgrammable, ORCHESTRATOR_LABEL } from "./selector";

/** Kubernetes selects pods alone: network sets and host endpoints with the same labels are none. */
export const IS_POD: SelectorNode = equals(ORCHESTRATOR_LABEL, "k8s");

/** A label selector of Kubernetes as one of Calico; undefined for the empty one, which selects everything. */
export function lowerLabelSelector(selector: JsonObject): SelectorNode | undefined {
  const labels = Object.entries(stringMapOf(selector["matchLabels"])).map(([label, value]) => equals(label, value));
  return allOf([...labels, ...objectsOf(selector["matchExpressions"]).map(lowerExpression)]);
}

/** A label selector over namespaces, as one over what lives in them; the empty one selects whatever has a namespace. */
export function lowerNamespaceLabels(selector: JsonObject): SelectorNode {
  return lowerNamespaceSelector(lowerLabelSelector(selector) ?? { kind: "all" });
}

function lowerExpression(expression: JsonObject): SelectorNode {
  const label = stringOf(expression["key"]);
  const values = stringsOf(expression["values"]);
  switch (expression["operator"]) {
    case "In":
      return { kind: "membership", operator: "in", label, values };
    case "NotIn":
      return { kind: "membership", operator: "not in", label, values };
    case "Exists":
      return { kind: "has", label };
    case "DoesNotExist":
      return { kind: "not", operand: { kind: "has", label } };
    default:
      throw new NotProgrammable(`operator ${JSON.stringify(expression["operator"])} of a label selector`);
  }
}
