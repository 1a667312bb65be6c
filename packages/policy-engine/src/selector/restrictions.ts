import type { SelectorNode } from "./ast";

/** What a label must be for a selector to match; `mustHaveOneOfValues` absent means that any value will do. */
export interface LabelRestriction {
  readonly mustBePresent: boolean;
  readonly mustBeAbsent: boolean;
  readonly mustHaveOneOfValues?: readonly string[];
}

/** Restrictions by label name; a label that is not named is free. */
export type LabelRestrictions = ReadonlyMap<string, LabelRestriction>;

const FREE: LabelRestriction = { mustBePresent: false, mustBeAbsent: false };
const NONE: LabelRestrictions = new Map();

const present = (label: string, values?: readonly string[]): LabelRestrictions =>
  new Map([[label, { mustBePresent: true, mustBeAbsent: false, ...(values && { mustHaveOneOfValues: values }) }]]);

function both(a: LabelRestriction, b: LabelRestriction): LabelRestriction {
  const [left, right] = [a.mustHaveOneOfValues, b.mustHaveOneOfValues];
  const values = left && right ? left.filter((v) => right.includes(v)) : (left ?? right);
  return {
    mustBePresent: a.mustBePresent || b.mustBePresent,
    mustBeAbsent: a.mustBeAbsent || b.mustBeAbsent,
    ...(values && { mustHaveOneOfValues: values }),
  };
}

function either(a: LabelRestriction, b: LabelRestriction): LabelRestriction {
  const mustBePresent = a.mustBePresent && b.mustBePresent;
  const [left, right] = [a.mustHaveOneOfValues, b.mustHaveOneOfValues];
  const values = mustBePresent && left && right ? [...new Set([...left, ...right])] : undefined;
  return {
    mustBePresent,
    mustBeAbsent: a.mustBeAbsent && b.mustBeAbsent,
    ...(values && { mustHaveOneOfValues: values }),
  };
}

function ofAnd(operands: readonly SelectorNode[]): LabelRestrictions {
  const merged = new Map<string, LabelRestriction>();
  for (const operand of operands) {
    for (const [label, restriction] of labelRestrictions(operand)) {
      merged.set(label, both(merged.get(label) ?? FREE, restriction));
    }
  }
  return merged;
}

function ofOr(operands: readonly SelectorNode[]): LabelRestrictions {
  const [first = NONE, ...rest] = operands.map(labelRestrictions);
  const merged = new Map<string, LabelRestriction>();
  for (const [label, restriction] of first) {
    const joined = rest.reduce((soFar, other) => either(soFar, other.get(label) ?? FREE), restriction);
    if (joined.mustBePresent || joined.mustBeAbsent) merged.set(label, joined);
  }
  return merged;
}

/** What labels a selector requires at the least, for indexes over labels: sound, not complete. */
export function labelRestrictions(node: SelectorNode): LabelRestrictions {
  switch (node.kind) {
    case "has":
      return present(node.label);
    case "compare":
      if (node.operator === "!=") return NONE;
      return present(node.label, node.operator === "==" ? [node.value] : undefined);
    case "membership":
      return node.operator === "in" ? present(node.label, node.values) : NONE;
    case "not":
      if (node.operand.kind !== "has") return NONE;
      return new Map([[node.operand.label, { mustBePresent: false, mustBeAbsent: true }]]);
    case "and":
      return ofAnd(node.operands);
    case "or":
      return ofOr(node.operands);
    default:
      return NONE;
  }
}
