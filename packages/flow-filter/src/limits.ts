/** How large a filter may be; what is larger is refused with `too-large`. */
export const limits = {
  characters: 4_000,
  /** `not` and `(` within each other. */
  nesting: 20,
  conditions: 100,
  /** Values of one list. */
  values: 200,
  patternCharacters: 200,
} as const;
