const sentences = {
  taken:
    "That account at the provider belongs to somebody else here, so that it cannot be yours, too. Sign in there as yourself and try again; if the other account is yours, disconnect it there first.",
  email: "The provider says no e-mail address that it has checked, and Isthmus needs one to sign you in.",
  unavailable: "The provider does not answer, or refuses Isthmus. Nothing was connected; try again in a while.",
  refused: "The provider's answer cannot be used. Nothing was connected; an administrator finds why in the audit log.",
  cancelled: "You stopped at the provider. Nothing was connected.",
  expired:
    "This took too long, was used already, or was begun in another session or browser. Nothing was connected; begin again here.",
} as const;

/** Why an account was not connected with a provider, as the address of the settings says it. */
export type ConnectionProblem = keyof typeof sentences;

/** The sentence for a code from the address; undefined for what is no code. */
export const connectionProblemSentence = (code: string | null): string | undefined =>
  code !== null && Object.hasOwn(sentences, code) ? sentences[code as ConnectionProblem] : undefined;
