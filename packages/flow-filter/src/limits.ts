/** How large a filter may be; what is larger is refused with `too-large`. */
export const limits = {
  characters: 4_000,
  /** `not` and `(` within each other. */
  nesting: 20,
  /** So that what they become is less than ClickHouse reads as one query (`max_query_size`, 256 KiB). */
  conditions: 50,
  /** Values of one list. */
  values: 200,
  patternCharacters: 200,
} as const;
