import { originOf } from "../decode/rule-origin";
import type { FieldPath } from "../diagnostic";
import type { Policy } from "../model/policy";
import type { EntityRule } from "../model/rule";
import type { ReviewRule } from "./types";

/** Where a rule lies in the manifest of its policy: the entry that Calico makes it of. */
export function rulePath(policy: Policy, { direction, index }: ReviewRule): FieldPath {
  const rule = policy[direction][index];
  return (rule && originOf(rule)) ?? ["spec", direction, index];
}

/** Whether the entry at a rule's path stands for other rules as well. */
export function isPartOfEntry(policy: Policy, { direction, index }: ReviewRule): boolean {
  const path = JSON.stringify(rulePath(policy, { direction, index }));
  return policy[direction].some(
    (_, other) => other !== index && JSON.stringify(rulePath(policy, { direction, index: other })) === path,
  );
}

/** The field of an end of a rule that its selector over endpoints is written in, if Calico's own fields are what was written. */
export function selectorPath(
  policy: Policy,
  {
    rule,
    side,
    entity,
  }: { readonly rule: ReviewRule; readonly side: "source" | "destination"; readonly entity: EntityRule },
): FieldPath {
  const path = rulePath(policy, rule);
  const written = policy[rule.direction][rule.index];
  if (written && originOf(written)) return path;
  const key = entity.selector ? "selector" : entity.serviceAccounts ? "serviceAccounts" : "namespaceSelector";
  return [...path, side, key];
}
