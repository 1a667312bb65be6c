import { compareBytes } from "../text/order";
import type { SelectorNode } from "./ast";

/** What a label must be for a selector to match; `mustHaveOneOfValues` absent means that any value will do. */
export interface LabelRestriction {
  readonly mustBePresent: boolean;
  readonly mustBeAbsent: boolean;
  readonly mustHaveOneOfValues?: readonly string[];
}

/** Restrictions by label name; a label that is not named is free. */
export type LabelRestrictions = ReadonlyMap<string, LabelRestriction>;

/** A restriction while it is worked out. Whoever holds one owns it and may change it. */
interface Draft {
  present: boolean;
  absent: boolean;
  values: Set<string> | undefined;
}

type Drafts = Map<string, Draft>;

const present = (label: string, values?: readonly string[]): Drafts =>
  new Map([[label, { present: true, absent: false, values: values && new Set(values) }]]);

function intersection(a: Set<string>, b: Set<string>): Set<string> {
  const [small, large] = a.size <= b.size ? [a, b] : [b, a];
  for (const value of small) if (!large.has(value)) small.delete(value);
  return small;
}

function union(a: Set<string>, b: Set<string>): Set<string> {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const value of small) large.add(value);
  return large;
}

/** Adds to `into` what `more` demands as well. */
function demandBoth(into: Drafts, more: Drafts): Drafts {
  const [large, small] = into.size >= more.size ? [into, more] : [more, into];
  for (const [label, b] of small) {
    const a = large.get(label);
    if (!a) large.set(label, b);
    else {
      a.present ||= b.present;
      a.absent ||= b.absent;
      a.values = a.values && b.values ? intersection(a.values, b.values) : (a.values ?? b.values);
    }
  }
  return large;
}

/** Leaves of `into` what `other` demands too. */
function demandEither(into: Drafts, other: Drafts): Drafts {
  const [large, small] = into.size >= other.size ? [into, other] : [other, into];
  for (const [label, a] of small) {
    const b = large.get(label);
    a.present &&= b?.present ?? false;
    a.absent &&= b?.absent ?? false;
    a.values = a.present && a.values && b?.values ? union(a.values, b.values) : undefined;
    if (!a.present && !a.absent) small.delete(label);
  }
  return small;
}

function draftsOf(node: SelectorNode): Drafts {
  switch (node.kind) {
    case "has":
      return present(node.label);
    case "compare":
      if (node.operator === "!=") return new Map();
      return present(node.label, node.operator === "==" ? [node.value] : undefined);
    case "membership":
      return node.operator === "in" ? present(node.label, node.values) : new Map();
    case "not":
      if (node.operand.kind !== "has") return new Map();
      return new Map([[node.operand.label, { present: false, absent: true, values: undefined }]]);
    case "and":
      return node.operands.map(draftsOf).reduce(demandBoth, new Map<string, Draft>());
    case "or":
      return node.operands.map(draftsOf).reduce(demandEither);
    default:
      return new Map();
  }
}

/**
 * What labels a selector requires at the least, for indexes over labels: sound, not complete (Calico,
 * libcalico-go/lib/selector/parser, LabelRestrictions; beyond it, `in {}` has no value that will do). Costs the length
 * of the selector times a logarithm: of two operands the smaller is always merged into the larger.
 */
export function labelRestrictions(node: SelectorNode): LabelRestrictions {
  const found = new Map<string, LabelRestriction>();
  for (const [label, { present: mustBePresent, absent: mustBeAbsent, values }] of draftsOf(node))
    found.set(label, {
      mustBePresent,
      mustBeAbsent,
      ...(values && { mustHaveOneOfValues: [...values].sort(compareBytes) }),
    });
  return found;
}
