import type { SelectorNode } from "./ast";

/** A condition of a selector, or its opposite. */
interface Literal {
  readonly node: SelectorNode;
  readonly holds: boolean;
}

/** A condition on one label. */
type Leaf = Extract<SelectorNode, { readonly label: string }>;

interface Condition {
  readonly leaf: Leaf;
  readonly holds: boolean;
}

function leafHolds(leaf: Leaf, value: string | undefined): boolean {
  if (leaf.kind === "has") return value !== undefined;
  if (leaf.kind === "membership") {
    return (value !== undefined && leaf.values.includes(value)) === (leaf.operator === "in");
  }
  switch (leaf.operator) {
    case "==":
      return value === leaf.value;
    case "!=":
      return value !== leaf.value;
    case "contains":
      return value?.includes(leaf.value) ?? false;
    case "starts with":
      return value?.startsWith(leaf.value) ?? false;
    case "ends with":
      return value?.endsWith(leaf.value) ?? false;
  }
}

const fits = (conditions: readonly Condition[], value: string | undefined): boolean =>
  conditions.every(({ leaf, holds }) => leafHolds(leaf, value) === holds);

/** The values that a condition leaves, if they are few. */
function valuesOf({ leaf, holds }: Condition): readonly string[] | undefined {
  if (leaf.kind === "compare" && leaf.operator === (holds ? "==" : "!=")) return [leaf.value];
  if (leaf.kind === "membership" && (leaf.operator === "in") === holds) return leaf.values;
  return undefined;
}

type Part = Extract<SelectorNode, { readonly kind: "compare" }>;

const isPart = (leaf: Leaf): leaf is Part =>
  leaf.kind === "compare" && leaf.operator !== "==" && leaf.operator !== "!=";

/** Whether every value of which the one holds is one of which the other holds. */
function implies(a: Part, b: Part): boolean {
  if (b.operator === "contains") return a.value.includes(b.value);
  if (a.operator !== b.operator) return false;
  return b.operator === "starts with" ? a.value.startsWith(b.value) : a.value.endsWith(b.value);
}

const exclude = (a: Part, b: Part): boolean =>
  a.operator === b.operator && a.operator !== "contains" && !implies(a, b) && !implies(b, a);

/** Whether no long enough text could fulfil all conditions on parts of it; says no where it does not see it. */
function contradict(conditions: readonly Condition[]): boolean {
  const parts = conditions.flatMap(({ leaf, holds }) => (isPart(leaf) ? [{ leaf, holds }] : []));
  return parts.some((a) => a.holds && parts.some((b) => (b.holds ? exclude(a.leaf, b.leaf) : implies(a.leaf, b.leaf))));
}

/** Whether a label could fulfil all conditions on it; says yes where it does not see that none could. */
function isPossible(conditions: readonly Condition[]): boolean {
  if (fits(conditions, undefined)) return true;
  const few = conditions.map(valuesOf).find((values) => values !== undefined);
  if (few) return few.some((value) => fits(conditions, value));
  const mustBeAbsent = conditions.some(({ leaf, holds }) => leaf.kind === "has" && !holds);
  return !mustBeAbsent && !contradict(conditions);
}

type Conditions = ReadonlyMap<string, readonly Condition[]>;

interface Search {
  steps: number;
}

/** Steps after which a search gives up, and takes a selector to be satisfiable. */
const MOST_STEPS = 4000;

/** The operands of which all must hold, or of which one must. */
function operandsOf({ node, holds }: Literal): { readonly all: boolean; readonly literals: readonly Literal[] } {
  if (node.kind === "not") return { all: true, literals: [{ node: node.operand, holds: !holds }] };
  if (node.kind === "and" || node.kind === "or") {
    return {
      all: (node.kind === "and") === holds,
      literals: node.operands.map((operand) => ({ node: operand, holds })),
    };
  }
  return { all: true, literals: [] };
}

function search(pending: readonly Literal[], known: Conditions, effort: Search): boolean {
  effort.steps += 1;
  const [literal, ...rest] = pending;
  if (!literal || effort.steps > MOST_STEPS) return true;
  const { node, holds } = literal;
  if (node.kind === "all" || node.kind === "global") return holds && search(rest, known, effort);
  if (node.kind === "not" || node.kind === "and" || node.kind === "or") {
    const { all, literals } = operandsOf(literal);
    if (all) return search([...literals, ...rest], known, effort);
    return literals.some((one) => search([one, ...rest], known, effort));
  }
  const conditions = [...(known.get(node.label) ?? []), { leaf: node, holds }];
  return isPossible(conditions) && search(rest, new Map(known).set(node.label, conditions), effort);
}

/**
 * Whether there could be labels that fulfil all of some selectors and none of some others. `false` is certain; `true` is
 * said as well where the search is given up or two conditions on parts of a value are not seen to exclude each other.
 */
export const isSatisfiable = (all: readonly SelectorNode[], none: readonly SelectorNode[] = []): boolean =>
  search([...all.map((node) => ({ node, holds: true })), ...none.map((node) => ({ node, holds: false }))], new Map(), {
    steps: 0,
  });
