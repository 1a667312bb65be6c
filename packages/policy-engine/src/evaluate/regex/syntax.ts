/** A set of code points: ranges, or all but them. */
export interface CharClass {
  readonly negated: boolean;
  readonly ranges: readonly (readonly [number, number])[];
}

/** What must hold between two characters. */
export type Assertion = "start" | "end" | "boundary" | "not-boundary";

/** A regular expression, parsed. */
export type RegexNode =
  | { readonly kind: "empty" }
  | { readonly kind: "class"; readonly set: CharClass }
  | { readonly kind: "assert"; readonly assertion: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly options: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly of: RegexNode; readonly min: number; readonly max: number };

/** Whether a set holds a code point. */
export const inClass = ({ negated, ranges }: CharClass, code: number): boolean =>
  ranges.some(([from, to]) => from <= code && code <= to) !== negated;
