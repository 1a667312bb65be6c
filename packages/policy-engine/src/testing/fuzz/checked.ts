/** What came of a fuzzed case. */
export interface Checked {
  /** Whether it was a selector or manifest that is valid. */
  readonly accepted: boolean;
  /** What does not hold; empty when all does. */
  readonly faults: readonly string[];
}
