import type { SelectorNode } from "../selector/ast";

const list = (values: readonly string[], word: string): string => {
  if (values.length <= 1) return values[0] ?? "nothing";
  return `${values.slice(0, -1).join(", ")} ${word} ${values.at(-1) ?? ""}`;
};

const quoted = (values: readonly string[]): readonly string[] => values.map((value) => `"${value}"`);

const COMPARE = {
  "==": "is",
  "!=": "is not",
  contains: "contains",
  "starts with": "starts with",
  "ends with": "ends with",
} as const;

/** A selector in words: `app is "cart" and not (tier is "db" or has label extra)`. */
export function describeSelector(node: SelectorNode): string {
  switch (node.kind) {
    case "all":
      return "anything";
    case "global":
      return "what has no namespace";
    case "has":
      return `has label ${node.label}`;
    case "compare":
      return `${node.label} ${COMPARE[node.operator]} "${node.value}"`;
    case "membership":
      return `${node.label} is ${node.operator === "in" ? list(quoted(node.values), "or") : `neither ${list(quoted(node.values), "nor")}`}`;
    case "not":
      return negated(node.operand);
    case "and":
    case "or":
      return node.operands.map((operand) => nested(operand)).join(` ${node.kind} `);
  }
}

function negated(operand: SelectorNode): string {
  if (operand.kind === "has") return `has no label ${operand.label}`;
  if (operand.kind === "all") return "nothing";
  return `not (${describeSelector(operand)})`;
}

const nested = (node: SelectorNode): string =>
  node.kind === "and" || node.kind === "or" ? `(${describeSelector(node)})` : describeSelector(node);
