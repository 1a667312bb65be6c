import type { SelectorNode } from "./ast";

const quote = (value: string): string => (value.includes('"') ? `'${value}'` : `"${value}"`);

function putAll(fragments: string[], operands: readonly SelectorNode[], between: string): void {
  fragments.push("(");
  for (const [index, operand] of operands.entries()) {
    if (index > 0) fragments.push(between);
    put(fragments, operand);
  }
  fragments.push(")");
}

function put(fragments: string[], node: SelectorNode): void {
  switch (node.kind) {
    case "all":
    case "global":
      fragments.push(`${node.kind}()`);
      return;
    case "has":
      fragments.push(`has(${node.label})`);
      return;
    case "compare":
      fragments.push(`${node.label} ${node.operator} ${quote(node.value)}`);
      return;
    case "membership":
      fragments.push(`${node.label} ${node.operator} {${node.values.map(quote).join(", ")}}`);
      return;
    case "not":
      fragments.push("!");
      put(fragments, node.operand);
      return;
    case "and":
      putAll(fragments, node.operands, " && ");
      return;
    case "or":
      putAll(fragments, node.operands, " || ");
  }
}

/** The canonical text of a selector, byte for byte as Calico prints it; `and` and `or` are always in parentheses. */
export function printSelector(node: SelectorNode): string {
  const fragments: string[] = [];
  put(fragments, node);
  return fragments.join("");
}
