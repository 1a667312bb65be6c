import type { SelectorNode } from "./ast";

/** Labels to match against; a Map, so that a label called `constructor` is a label like any other. */
export type LabelMap = ReadonlyMap<string, string>;

/** A selector made ready to be asked many times. */
export type SelectorMatcher = (labels: LabelMap) => boolean;

type CompareNode = Extract<SelectorNode, { kind: "compare" }>;

function compileCompare({ operator, label, value }: CompareNode): SelectorMatcher {
  switch (operator) {
    case "==":
      return (labels) => labels.get(label) === value;
    case "!=":
      return (labels) => labels.get(label) !== value;
    case "contains":
      return (labels) => labels.get(label)?.includes(value) ?? false;
    case "starts with":
      return (labels) => labels.get(label)?.startsWith(value) ?? false;
    case "ends with":
      return (labels) => labels.get(label)?.endsWith(value) ?? false;
  }
}

function compileMembership(label: string, values: readonly string[], wanted: boolean): SelectorMatcher {
  const set = new Set(values);
  return (labels) => {
    const value = labels.get(label);
    return (value !== undefined && set.has(value)) === wanted;
  };
}

function compileAll(operands: readonly SelectorNode[]): readonly SelectorMatcher[] {
  return operands.map(compileSelector);
}

/**
 * Compiles a selector. A label that is absent is unequal to every value and in no set; `all()` and `global()` match
 * everything (what `global()` means is decided by the rule that it stands in).
 */
export function compileSelector(node: SelectorNode): SelectorMatcher {
  switch (node.kind) {
    case "all":
    case "global":
      return () => true;
    case "has":
      return (labels) => labels.has(node.label);
    case "compare":
      return compileCompare(node);
    case "membership":
      return compileMembership(node.label, node.values, node.operator === "in");
    case "not": {
      const operand = compileSelector(node.operand);
      return (labels) => !operand(labels);
    }
    case "and": {
      const operands = compileAll(node.operands);
      return (labels) => operands.every((matches) => matches(labels));
    }
    case "or": {
      const operands = compileAll(node.operands);
      return (labels) => operands.some((matches) => matches(labels));
    }
  }
}

/** The labels of an object as a Map. */
export const labelMap = (labels: Readonly<Record<string, string>>): LabelMap => new Map(Object.entries(labels));
