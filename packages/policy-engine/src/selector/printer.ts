import type { SelectorNode } from "./ast";

const quote = (value: string): string => (value.includes('"') ? `'${value}'` : `"${value}"`);

/** The canonical text of a selector, byte for byte as Calico prints it; `and` and `or` are always in parentheses. */
export function printSelector(node: SelectorNode): string {
  switch (node.kind) {
    case "all":
      return "all()";
    case "global":
      return "global()";
    case "has":
      return `has(${node.label})`;
    case "compare":
      return `${node.label} ${node.operator} ${quote(node.value)}`;
    case "membership":
      return `${node.label} ${node.operator} {${node.values.map(quote).join(", ")}}`;
    case "not":
      return `!${printSelector(node.operand)}`;
    case "and":
      return `(${node.operands.map(printSelector).join(" && ")})`;
    case "or":
      return `(${node.operands.map(printSelector).join(" || ")})`;
  }
}
