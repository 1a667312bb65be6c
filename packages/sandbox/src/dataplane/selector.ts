import { parseSelector, type SelectorNode } from "@isthmus/policy-engine/selector-syntax";

/** Labels of an endpoint or network set. */
export type Labels = ReadonlyMap<string, string>;

/** The label that says in which namespace an endpoint lives; what is global has none. */
export const NAMESPACE_LABEL = "projectcalico.org/namespace";
/** The label that names the service account of a workload endpoint. */
export const SERVICE_ACCOUNT_LABEL = "projectcalico.org/serviceaccount";
/** The label that every pod has, and nothing else. */
export const ORCHESTRATOR_LABEL = "projectcalico.org/orchestrator";
/** How labels of an endpoint's namespace appear on it. */
export const NAMESPACE_PREFIX = "pcns.";
/** How labels of an endpoint's service account appear on it. */
export const SERVICE_ACCOUNT_PREFIX = "pcsa.";

/** Whether `labels` satisfy the selector. An absent label equals nothing: `!=` and `not in` hold for it. */
export function selects(node: SelectorNode, labels: Labels): boolean {
  switch (node.kind) {
    case "all":
    case "global":
      return true;
    case "has":
      return labels.has(node.label);
    case "compare":
      return compares(node, labels.get(node.label));
    case "membership": {
      const value = labels.get(node.label);
      const member = value !== undefined && node.values.includes(value);
      return node.operator === "in" ? member : !member;
    }
    case "not":
      return !selects(node.operand, labels);
    case "and":
      return node.operands.every((operand) => selects(operand, labels));
    case "or":
      return node.operands.some((operand) => selects(operand, labels));
  }
}

function compares(node: Extract<SelectorNode, { kind: "compare" }>, value: string | undefined): boolean {
  switch (node.operator) {
    case "==":
      return value === node.value;
    case "!=":
      return value !== node.value;
    case "contains":
      return value !== undefined && value.includes(node.value);
    case "starts with":
      return value !== undefined && value.startsWith(node.value);
    case "ends with":
      return value !== undefined && value.endsWith(node.value);
  }
}

/** The same selector over labels that carry a prefix. */
export function withPrefix(node: SelectorNode, prefix: string): SelectorNode {
  switch (node.kind) {
    case "all":
    case "global":
      return node;
    case "has":
    case "compare":
    case "membership":
      return { ...node, label: prefix + node.label };
    case "not":
      return { ...node, operand: withPrefix(node.operand, prefix) };
    case "and":
    case "or":
      return { ...node, operands: node.operands.map((operand) => withPrefix(operand, prefix)) };
  }
}

const HAS_NAMESPACE: SelectorNode = { kind: "has", label: NAMESPACE_LABEL };

/** In a namespaceSelector `all()` means what has a namespace and `global()` what has none. */
const withNamespaceMeaning = (node: SelectorNode): SelectorNode =>
  replaceAll(node, HAS_NAMESPACE, { kind: "not", operand: HAS_NAMESPACE });

/** The selector with `all` in place of each `all()`, and `global` in place of each `global()` where that is given. */
export function replaceAll(node: SelectorNode, all: SelectorNode, global?: SelectorNode): SelectorNode {
  switch (node.kind) {
    case "all":
      return all;
    case "global":
      return global ?? node;
    case "not":
      return { ...node, operand: replaceAll(node.operand, all, global) };
    case "and":
    case "or":
      return { ...node, operands: node.operands.map((operand) => replaceAll(operand, all, global)) };
    case "has":
    case "compare":
    case "membership":
      return node;
  }
}

/** A namespaceSelector lowered to labels of endpoints. */
export function lowerNamespaceSelector(node: SelectorNode): SelectorNode {
  return withNamespaceMeaning(withPrefix(node, NAMESPACE_PREFIX));
}

/** `label == value`. */
export function equals(label: string, value: string): SelectorNode {
  return { kind: "compare", operator: "==", label, value };
}

/** The conjunction of what is there; undefined where nothing is. */
export function allOf(nodes: readonly (SelectorNode | undefined)[]): SelectorNode | undefined {
  const operands = nodes.filter((node) => node !== undefined);
  return operands.length > 1 ? { kind: "and", operands } : operands[0];
}

/** Thrown inside lowering where a policy holds what this dataplane does not program; caught per policy. */
export class NotProgrammable extends Error {
  override readonly name = "NotProgrammable";
}

/** Parses a selector of a policy; undefined for the empty one. Throws NotProgrammable where it does not parse. */
export function readSelector(text: string): SelectorNode | undefined {
  if (text === "") return undefined;
  const parsed = parseSelector(text);
  if (!parsed.ok)
    throw new NotProgrammable(`selector ${JSON.stringify(text)}: ${parsed.error[0]?.message ?? "invalid"}`);
  return parsed.value;
}
