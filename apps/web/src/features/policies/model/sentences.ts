import { describePolicy, describeRule, parseResource, type RuleAction } from "@isthmus/policy-engine";

/** One rule as a person says it; `action` is its verdict, told by a glyph beside. */
export interface RuleSentence {
  readonly action: RuleAction;
  readonly text: string;
  /** Constructs that are not understood: the rule is then not read as if they were not there (invariant I3). */
  readonly unknown: readonly string[];
}

/** A policy in sentences. */
export interface PolicySentences {
  /** "Applies to endpoints where app is …, for ingress". */
  readonly applies: string;
  readonly directions: readonly { readonly direction: "ingress" | "egress"; readonly rules: readonly RuleSentence[] }[];
  readonly unknown: readonly string[];
}

/** Says a policy in the engine's sentences; null where its text cannot be read. */
export function policySentences(manifest: unknown): PolicySentences | null {
  const parsed = parseResource(manifest, "cluster");
  if (!parsed.ok || parsed.value.resource.resource !== "policy") return null;
  const policy = parsed.value.resource;
  return {
    applies: describePolicy(policy),
    directions: policy.types.map((direction) => ({
      direction,
      rules: policy[direction].map((rule) => ({
        action: rule.action,
        text: describeRule({ ...rule, unknown: [] }, { direction, namespace: policy.namespace }),
        unknown: rule.unknown,
      })),
    })),
    unknown: policy.unknown,
  };
}
