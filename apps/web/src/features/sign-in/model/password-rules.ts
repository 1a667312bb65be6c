/** The least length of a password, in characters; length is what helps. */
export const shortestPassword = 12;

export interface PasswordPair {
  readonly next: string;
  readonly again?: string;
  readonly email?: string;
}

/** What is wrong with a new password, in words that say what to do; undefined when it will do. */
export function passwordProblem({ next, again, email }: PasswordPair): string | undefined {
  if (next.length < shortestPassword) {
    const missing = shortestPassword - next.length;
    return `${missing} more ${missing === 1 ? "character" : "characters"} needed.`;
  }
  if (email !== undefined && email !== "" && next.toLowerCase() === email.toLowerCase())
    return "This is your e-mail address. Take something that others do not know.";
  if (again !== undefined && next !== again) return "The two are not the same.";
  return undefined;
}
