/** Comparison of one label's value with a text. */
export type CompareOperator = "==" | "!=" | "contains" | "starts with" | "ends with";

/**
 * A parsed selector. `values` are distinct and in the order of their UTF-8 bytes; `operands` are at least two; `not`
 * never holds another `not` that was written beside it (`!!x` is `x`), as Calico's parser has it.
 */
export type SelectorNode =
  | { readonly kind: "all" }
  | { readonly kind: "global" }
  | { readonly kind: "has"; readonly label: string }
  | { readonly kind: "compare"; readonly operator: CompareOperator; readonly label: string; readonly value: string }
  | {
      readonly kind: "membership";
      readonly operator: "in" | "not in";
      readonly label: string;
      readonly values: readonly string[];
    }
  | { readonly kind: "not"; readonly operand: SelectorNode }
  | { readonly kind: "and"; readonly operands: readonly SelectorNode[] }
  | { readonly kind: "or"; readonly operands: readonly SelectorNode[] };
