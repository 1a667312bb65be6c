/** The path to go to after sign-in: one of this site, or the overview where anything else is asked for. */
export function safeReturnPath(next: unknown): string {
  return typeof next === "string" && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) && !next.startsWith("/sign-in")
    ? next
    : "/";
}
