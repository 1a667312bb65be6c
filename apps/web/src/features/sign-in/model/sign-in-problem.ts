const sentences = {
  refused: "You cannot be signed in this way. Ask an administrator of your organisation: its audit log says why.",
  "no-membership":
    "Your account was recognised, but it belongs to no organisation here. Ask an owner for an invitation.",
  disabled: "You were shut out of this organisation. Ask one of its owners.",
  email: "The provider says no e-mail address of yours that it has checked, and Isthmus needs one.",
  "own-provider": "Your organisations want you to sign in with their own provider. Choose it below.",
  unavailable: "The provider does not answer, or refuses Isthmus. Try again in a while, or sign in another way.",
  cancelled: "The sign-in was stopped at the provider. Nothing has changed.",
  expired: "This sign-in took too long, was used already, or was begun in another browser. Start it again.",
  "too-many": "Too many sign-ins were begun from your address. Try again in five minutes.",
} as const;

/** Why a sign-in with a provider came to nothing, as the address of the sign-in page says it. */
export type SignInProblem = keyof typeof sentences;

/** The sentence for a code from the address; undefined for what is no code. */
export const signInProblemSentence = (code: string | undefined): string | undefined =>
  code !== undefined && Object.hasOwn(sentences, code) ? sentences[code as SignInProblem] : undefined;
