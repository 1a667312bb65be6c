import type { DesiredObject } from "@isthmus/db";
import type { PolicyRef } from "@isthmus/flow-store";
import { RULE_ANNOTATION } from "@isthmus/policy-engine";

/** Which of a policy's two lists of rules. */
export type Direction = "ingress" | "egress";

/** For each rule that a cluster holds, the author's rule that it was compiled from; by policy and direction. */
export type AuthorRules = ReadonlyMap<string, Readonly<Record<Direction, readonly number[]>>>;

/** A rule as a cluster names it. */
export interface RuleHit extends PolicyRef {
  readonly ruleIndex: number;
}

const storedKinds: Readonly<Record<string, string>> = {
  CalicoNetworkPolicy: "NetworkPolicy",
  GlobalNetworkPolicy: "GlobalNetworkPolicy",
  StagedNetworkPolicy: "StagedNetworkPolicy",
  StagedGlobalNetworkPolicy: "StagedGlobalNetworkPolicy",
};

const policyKinds: ReadonlySet<string> = new Set(Object.values(storedKinds));

const keyOf = (kind: string, namespace: string, name: string): string => `${kind} ${namespace}/${name}`;

/** Reads the author's rules out of what is wanted in a cluster; of a policy compiled one to one, none are said. */
export function readAuthorRules(objects: readonly Pick<DesiredObject, "ref" | "body">[]): AuthorRules {
  return new Map(
    objects.flatMap(({ ref, body }) => {
      if (!policyKinds.has(ref.kind)) return [];
      const spec = fieldOf(body, "spec");
      const rules = { ingress: rulesOf(spec, "ingress"), egress: rulesOf(spec, "egress") };
      return [[keyOf(ref.kind, ref.namespace, ref.name), rules] as const];
    }),
  );
}

function rulesOf(spec: unknown, direction: Direction): readonly number[] {
  const rules = fieldOf(spec, direction);
  if (!Array.isArray(rules)) return [];
  const numbers = rules.map((rule: unknown) =>
    Number(fieldOf(fieldOf(fieldOf(rule, "metadata"), "annotations"), RULE_ANNOTATION)),
  );
  return numbers.every((number) => Number.isSafeInteger(number) && number >= 0) ? numbers : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/**
 * The author's number of a rule that a cluster names. Where the direction is not known, both have to agree; a rule that
 * is not on record keeps the cluster's number.
 */
export function authorIndex(rules: AuthorRules, hit: RuleHit, direction?: Direction): number {
  const kind = storedKinds[hit.kind];
  if (kind === undefined || hit.ruleIndex < 0) return hit.ruleIndex;
  const found =
    rules.get(keyOf(kind, hit.namespace, hit.name)) ?? rules.get(keyOf(kind, hit.namespace, `${hit.tier}.${hit.name}`));
  if (found === undefined) return hit.ruleIndex;
  const asked = direction === undefined ? [found.ingress, found.egress] : [found[direction]];
  const numbers = new Set(asked.filter((each) => each.length > 0).map((each) => each[hit.ruleIndex] ?? hit.ruleIndex));
  const [only] = numbers;
  return numbers.size === 1 && only !== undefined ? only : hit.ruleIndex;
}
