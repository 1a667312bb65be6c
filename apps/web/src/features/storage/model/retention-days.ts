/** The longest that anything is kept; the store's own bound, which its package cannot tell a browser. */
export const maxRetentionDays = 3_650;

/** Whether a number can be days of retention. */
export const isRetentionDays = (days: number): boolean =>
  Number.isInteger(days) && days >= 1 && days <= maxRetentionDays;
