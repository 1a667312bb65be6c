import type { SelectorNode } from "../selector/ast";
import { labelRestrictions, type LabelRestriction } from "../selector/restrictions";

/**
 * Where an index keeps a selector, so that labels which cannot match it never meet it: under the values of one label,
 * under the presence of one label, everywhere (where nothing is required), or nowhere (where nothing can match). Every
 * restriction of a selector must hold, so one of them is enough (Calico, felix labelrestrictionindex).
 */
export type Anchor =
  | { readonly kind: "values"; readonly label: string; readonly values: readonly string[] }
  | { readonly kind: "present"; readonly label: string }
  | { readonly kind: "anywhere" }
  | { readonly kind: "nowhere" };

const impossible = ({ mustBePresent, mustBeAbsent, mustHaveOneOfValues }: LabelRestriction): boolean =>
  mustBePresent && (mustBeAbsent || mustHaveOneOfValues?.length === 0);

/** Every place where a selector may be kept; at least one. */
export function anchorsOf(node: SelectorNode): readonly [Anchor, ...Anchor[]] {
  const anchors: Anchor[] = [];
  for (const [label, restriction] of labelRestrictions(node)) {
    if (impossible(restriction)) return [{ kind: "nowhere" }];
    if (!restriction.mustBePresent) continue;
    const values = restriction.mustHaveOneOfValues;
    anchors.push(values ? { kind: "values", label, values } : { kind: "present", label });
  }
  const [first, ...rest] = anchors;
  return first ? [first, ...rest] : [{ kind: "anywhere" }];
}

/** The names of the labels that a selector looks at. */
export function labelsOf(node: SelectorNode, into: Set<string> = new Set()): Set<string> {
  if ("label" in node) into.add(node.label);
  else if (node.kind === "not") labelsOf(node.operand, into);
  else if (node.kind === "and" || node.kind === "or") for (const operand of node.operands) labelsOf(operand, into);
  return into;
}
