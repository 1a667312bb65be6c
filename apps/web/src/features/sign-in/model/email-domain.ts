/** The domain of a whole e-mail address in lower case; undefined while it is still being typed. */
export function emailDomain(email: string): string | undefined {
  return /^[^\s@]+@([^\s@.]+(?:\.[^\s@.]+)+)$/.exec(email.trim())?.[1]?.toLowerCase();
}
