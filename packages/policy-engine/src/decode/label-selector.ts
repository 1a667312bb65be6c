import type { Selector } from "../model/policy";
import type { SelectorNode } from "../selector/ast";
import { printSelector } from "../selector/printer";
import { conjunction } from "../selector/rewrite";
import { compareBytes } from "../text/order";
import {
  complain,
  field,
  isPresent,
  readList,
  readObject,
  readStringMap,
  readStrings,
  readWord,
  readString,
  type Reader,
} from "./reader";

/** The label that Calico puts on every endpoint of Kubernetes. */
const IS_POD: SelectorNode = { kind: "compare", operator: "==", label: "projectcalico.org/orchestrator", value: "k8s" };

function readExpression(reader: Reader): SelectorNode | undefined {
  readObject(reader, ["key", "operator", "values"]);
  const label = readString(field(reader, "key")) ?? "";
  if (label === "") complain(field(reader, "key"), { code: "missing-key", message: "the expression names no label" });
  const operator = readWord(field(reader, "operator"), ["In", "NotIn", "Exists", "DoesNotExist"]);
  if (!isPresent(field(reader, "operator"))) {
    const hint = "write operator: In | NotIn | Exists | DoesNotExist";
    complain(field(reader, "operator"), { code: "missing-operator", message: "the expression has no operator", hint });
  }
  const texts = readStrings(field(reader, "values")).map(({ text }) => text);
  const values = [...new Set(texts)].sort(compareBytes);
  if ((operator === "In" || operator === "NotIn") && values.length === 0) {
    complain(reader, { code: "missing-values", message: `operator ${operator} needs values` });
  }
  if ((operator === "Exists" || operator === "DoesNotExist") && values.length > 0) {
    complain(field(reader, "values"), { code: "needless-values", message: `operator ${operator} has no values` });
  }
  switch (operator) {
    case "In":
      return { kind: "membership", operator: "in", label, values };
    case "NotIn":
      return { kind: "membership", operator: "not in", label, values };
    case "Exists":
      return { kind: "has", label };
    case "DoesNotExist":
      return { kind: "not", operand: { kind: "has", label } };
    case undefined:
      return undefined;
  }
}

function terms(reader: Reader): readonly SelectorNode[] {
  readObject(reader, ["matchLabels", "matchExpressions"]);
  const labels = Object.entries(readStringMap(field(reader, "matchLabels"))).sort(([a], [b]) => compareBytes(a, b));
  const equal = labels.map(([label, value]): SelectorNode => ({ kind: "compare", operator: "==", label, value }));
  return [...equal, ...readList(field(reader, "matchExpressions")).flatMap((at) => readExpression(at) ?? [])];
}

const selector = (node: SelectorNode): Selector => ({ text: printSelector(node), node });

/** A Kubernetes label selector over pods as Calico reads it; an absent one selects every pod. */
export const readPodSelector = (reader: Reader): Selector => selector(conjunction([IS_POD, ...terms(reader)]));

/** A Kubernetes label selector over namespaces as Calico reads it; an empty one is `all()`. */
export const readNamespaceSelector = (reader: Reader): Selector => selector(conjunction(terms(reader)));
