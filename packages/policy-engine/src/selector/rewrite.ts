import type { SelectorNode } from "./ast";

/** Rebuilds a selector from its leaves up: `replace` sees each node without operands and gives what stands there. */
export function mapLeaves(node: SelectorNode, replace: (leaf: SelectorNode) => SelectorNode): SelectorNode {
  switch (node.kind) {
    case "not":
      return { kind: "not", operand: mapLeaves(node.operand, replace) };
    case "and":
    case "or":
      return { kind: node.kind, operands: node.operands.map((operand) => mapLeaves(operand, replace)) };
    default:
      return replace(node);
  }
}

/** The same selector with `prefix` before every label name, as Calico does for namespace (`pcns.`) and service-account (`pcsa.`) labels. */
export function prefixLabels(node: SelectorNode, prefix: string): SelectorNode {
  return mapLeaves(node, (leaf) => ("label" in leaf ? { ...leaf, label: prefix + leaf.label } : leaf));
}

/** All of the selectors at once; none is `all()`. */
export function conjunction(operands: readonly SelectorNode[]): SelectorNode {
  const [only, ...more] = operands;
  if (!only) return { kind: "all" };
  return more.length === 0 ? only : { kind: "and", operands };
}
