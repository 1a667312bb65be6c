import type { FieldPath } from "../diagnostic";
import type { Rule } from "../model/rule";

/** Not seen from outside: rules are made once and never changed. */
const origins = new WeakMap<Rule, FieldPath>();

/** Remembers where in its manifest a rule came from that does not lie there by its own index. */
export function rememberOrigin(rule: Rule, path: FieldPath): Rule {
  origins.set(rule, path);
  return rule;
}

/** Where in its manifest a rule was read, if it is one of several that one entry stands for. */
export const originOf = (rule: Rule): FieldPath | undefined => origins.get(rule);
