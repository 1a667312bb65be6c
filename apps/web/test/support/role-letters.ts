/** The roles by the letters of access-table.ts; N: a member without a role. */
export const roles = {
  O: "owner",
  P: "platform-operator",
  S: "security-engineer",
  T: "tier-editor",
  A: "auditor",
  V: "viewer",
  N: null,
  I: "installation-administrator",
} as const;

export type Letter = keyof typeof roles;

/** Every letter. */
export const letters = Object.keys(roles) as Letter[];
